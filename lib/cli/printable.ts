declare const safe: unique symbol

/**
 * Text that may be written to a terminal: whatever came from a client, an app or another process in it has
 * gone through {@link printable}. A plain string is not assignable to it, and neither is a plain template:
 * build it with {@link line}, or make it printable.
 */
export type Printable = string & { readonly [safe]: true }

/** Controls, invisible characters, and those that turn the direction of writing or end a line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

/**
 * The same text with everything that would move the cursor, colour the screen or show as something else
 * spelled out: ESC becomes `\u001b`. JSON stays the same JSON.
 */
export function printable(text: string): Printable {
  return text.replace(UNPRINTABLE, spelled) as Printable
}

/** Spells a character as JSON does: one beyond 16 bits is in two halves. */
function spelled(character: string): string {
  let escapes = ''
  for (let index = 0; index < character.length; index++)
    escapes += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  return escapes
}

/** A template that takes only what is printable: line`process ${pid} (${printable(command)})`. */
export function line(strings: TemplateStringsArray, ...values: (Printable | number)[]): Printable {
  return String.raw({ raw: strings }, ...values) as Printable
}

/** Several texts in one, such as the lines of a table with a newline between. */
export function joined(parts: readonly Printable[], separator: string): Printable {
  return parts.join(separator) as Printable
}

/** A text of several lines, which stay apart; tabs stay too. */
export function printableLines(text: string): Printable {
  return text.replace(UNPRINTABLE, (found) =>
    found === '\n' || found === '\t' ? found : spelled(found)
  ) as Printable
}
