import { commandWithoutSecrets } from '../../redaction/credentials'
import { type Printable, printable } from '../printable'

/** A command's words, in a line. */
export function describeCommand(command: readonly string[]): Printable {
  return printable(command.length === 0 ? '(unknown)' : commandWithoutSecrets(command).join(' '))
}

/** At most so many columns, the end cut off and marked. */
export function cut(text: Printable, width: number): Printable {
  const characters = [...text]
  if (characters.length <= width) return text
  return (width < 1 ? '' : `${characters.slice(0, width - 1).join('')}…`) as Printable
}

/** At most so many columns, the middle left out: names that begin alike differ at their ends. */
export function cutMiddle(text: Printable, width: number): Printable {
  const characters = [...text]
  if (characters.length <= width) return text
  if (width < 3) return cut(text, width)
  const head = Math.floor((width - 1) / 2)
  return `${characters.slice(0, head).join('')}…${characters.slice(1 + head - width).join('')}` as Printable
}

/** A name in so many columns. */
export function fit(name: Printable, width: number): Printable {
  return pad(cutMiddle(name, width), width)
}

export function pad(text: Printable, width: number): Printable {
  return (text + ' '.repeat(Math.max(0, width - lengthOf(text)))) as Printable
}

/** To the right of so many columns. */
export function padStart(text: Printable, width: number): Printable {
  return text.padStart(width) as Printable
}

/** In columns. */
export function lengthOf(text: string): number {
  return [...text].length
}

/** Without spaces at its end. */
export function trimmed(text: Printable): Printable {
  return text.trimEnd() as Printable
}
