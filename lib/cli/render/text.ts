import { commandWithoutSecrets } from '../../redaction/credentials'
import { type Printable, printable } from '../printable'

/** A command's words, in a line. */
export function describeCommand(command: readonly string[]): Printable {
  return printable(command.length === 0 ? '(unknown)' : commandWithoutSecrets(command).join(' '))
}

/** Cuts a text to so many columns at most, and marks its end where something is missing. */
export function cut(text: Printable, width: number): Printable {
  if (lengthOf(text) <= width) return text
  return (width < 1 ? '' : `${beginning(text, width - 1)}…`) as Printable
}

/**
 * Cuts the middle out of a text, so that it has so many columns at most: names that begin alike differ
 * at their ends.
 */
export function cutMiddle(text: Printable, width: number): Printable {
  if (lengthOf(text) <= width) return text
  if (width < 3) return cut(text, width)
  const head = beginning(text, Math.floor((width - 1) / 2))
  return `${head}…${end(text, width - 1 - lengthOf(head))}` as Printable
}

/** The beginning of a text, as much as so many columns have room for. */
function beginning(text: string, width: number): string {
  let columns = 0
  let length = 0
  for (const character of text) {
    columns += columnsOf(character)
    if (columns > width) break
    length += character.length
  }
  return text.slice(0, length)
}

/** The end of a text, as much as so many columns have room for. */
function end(text: string, width: number): string {
  let columns = 0
  let from = text.length
  let begin = text.length
  for (const character of [...text].reverse()) {
    columns += columnsOf(character)
    if (columns > width) break
    from -= character.length
    // A mark without a width of its own belongs to what stands before it.
    if (columnsOf(character) > 0) begin = from
  }
  return text.slice(begin)
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
  if (NARROW_ONLY.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += columnsOf(character)
  return columns
}

/** The width of the widest of these texts, in columns; 0 if there are none. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, lengthOf(text)), 0)
}

/** Characters that have one column each: those below the combining marks, and the marks that we draw with. */
const NARROW_ONLY = /^[ -\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u259f]*$/
/** Marks that are drawn over the character before them. */
const NO_COLUMN = /^[\p{Mn}\p{Me}\u1160-\u11ff]$/u
/** Characters that terminals draw two columns wide: East Asian Wide and Fullwidth of Unicode's UAX 11, and most emoji. */
const TWO_COLUMNS =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u

function columnsOf(character: string): number {
  if (NARROW_ONLY.test(character) || !(NO_COLUMN.test(character) || TWO_COLUMNS.test(character))) return 1
  return NO_COLUMN.test(character) ? 0 : 2
}

/** Takes the spaces from the end of a text. */
export function trimmed(text: Printable): Printable {
  return text.trimEnd() as Printable
}
