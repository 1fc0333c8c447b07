/** Stands for a value that is kept out of what people see. */
export const REDACTED = '[redacted]'

/** The deepest nesting of URLs: a value may hold an encoded URL that holds one itself. */
const MAX_DEPTH = 3

/**
 * A parameter in a query, a fragment or a path: `?name=value`, `&name=value`, `#name=value`, `;name=value`. A value ends
 * where a URL does in a header: at a space, a quote or `>`.
 */
const PARAMETER = /([?&;#])([^=&;#?\s]*)=([^&;#\s"<>]*)/g

/** The values to keep out of probes, or of what the command prints: of headers, and of parameters in URLs. */
export class Redaction {
  readonly #headers: ReadonlySet<string>
  readonly #parameters: ReadonlySet<string>

  /**
   * @param names - of headers, and of parameters with a question mark before them, in any case:
   * `authorization`, `?token`
   */
  constructor(names: readonly string[]) {
    const lower = names.map((name) => name.toLowerCase())
    this.#headers = new Set(lower.filter((name) => !name.startsWith('?')))
    this.#parameters = new Set(lower.filter((name) => name.startsWith('?')).map((name) => name.slice(1)))
  }

  get empty(): boolean {
    return this.#headers.size === 0 && this.#parameters.size === 0
  }

  /** Whether all of a header's value is to be kept out. */
  hidesHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase())
  }

  /** A URL, or any text that may hold some, without the values of the parameters. All else stays as it is. */
  url(text: string): string {
    return this.#parameters.size === 0 ? text : this.#inText(text, 0)
  }

  #inText(text: string, depth: number): string {
    return text.replace(PARAMETER, (parameter, separator: string, name: string, value: string) => {
      const hidden = this.hidesParameter(name) || this.#isIn(value, depth)
      return hidden ? `${separator}${name}=${REDACTED}` : parameter
    })
  }

  /** Whether a parameter's value is to be kept out. Frameworks make `token` of `token[]`, and `user.token` of `user[token]`. */
  hidesParameter(name: string): boolean {
    const keys = decoded(name)
      .toLowerCase()
      .split(/[[\].]+/)
    return keys.some((key) => this.#parameters.has(key)) || this.#parameters.has(decoded(name).toLowerCase())
  }

  /** Whether a value is itself a URL with such a parameter, encoded: `?next=%2Fin%3Ftoken%3Dx`. */
  #isIn(value: string, depth: number): boolean {
    if (depth === MAX_DEPTH || !value.includes('%')) return false
    const inner = decoded(value)
    return inner !== value && (this.#inText(inner, depth + 1) !== inner || this.#isIn(inner, depth + 1))
  }
}

export const NO_REDACTION = new Redaction([])

/** Decodes a parameter as servers do, as far as that can be done. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16))
    )
  }
}
