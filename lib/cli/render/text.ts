import { commandWithoutSecrets } from '../../redaction/credentials'
import { type Printable, printable } from '../printable'

/** A command's words, in a line. */
export function describeCommand(command: readonly string[]): Printable {
  return printable(command.length === 0 ? '(unknown)' : commandWithoutSecrets(command).join(' '))
}

/** Cuts a text to so many columns at most, and marks its end where something is missing. */
export function cut(text: Printable, width: number): Printable {
  const characters = [...text]
  if (characters.length <= width) return text
  return (width < 1 ? '' : `${characters.slice(0, width - 1).join('')}…`) as Printable
}

/**
 * Cuts the middle out of a text, so that it has so many columns at most: names that begin alike differ
 * at their ends.
 */
export function cutMiddle(text: Printable, width: number): Printable {
  const characters = [...text]
  if (characters.length <= width) return text
  if (width < 3) return cut(text, width)
  const head = Math.floor((width - 1) / 2)
  return `${characters.slice(0, head).join('')}…${characters.slice(1 + head - width).join('')}` as Printable
}

/** Makes a name exactly so many columns wide. */
export function fit(name: Printable, width: number): Printable {
  return pad(cutMiddle(name, width), width)
}

export function pad(text: Printable, width: number): Printable {
  return (text + ' '.repeat(Math.max(0, width - lengthOf(text)))) as Printable
}

/** Puts a text at the right end of so many columns. */
export function padStart(text: Printable, width: number): Printable {
  return text.padStart(width) as Printable
}

/** The width of a text, in columns. */
export function lengthOf(text: string): number {
  return [...text].length
}

/** Takes the spaces from the end of a text. */
export function trimmed(text: Printable): Printable {
  return text.trimEnd() as Printable
}
