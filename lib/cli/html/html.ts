import { printable } from '../printable'

type Part = Markup | string | number | readonly Markup[]

/** Markup in which every text is escaped; only {@link html} makes it. */
export class Markup {
  private constructor(readonly text: string) {}

  static of(strings: TemplateStringsArray, parts: readonly Part[]): Markup {
    return new Markup(String.raw({ raw: strings }, ...parts.map(markupOf)))
  }

  toString(): string {
    return this.text
  }
}

/** A template of markup: html`<td>${name}</td>`. Texts in it are escaped, and lose what turns the direction of writing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return Markup.of(strings, parts)
}

function markupOf(part: Part): string {
  if (part instanceof Markup) return part.text
  if (typeof part === 'object') return part.map((each) => each.text).join('')
  return escaped(String(part))
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}
