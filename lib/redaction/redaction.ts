import { REDACTED } from './redacted'
import { withoutUserInfo } from './user-info'

/** The deepest nesting of URLs: a value may hold an encoded URL that holds one itself. */
const MAX_DEPTH = 3

/**
 * The characters that may stand before the first parameter: of a query, a fragment, or a parameter of
 * a path (`/x;name=value`).
 */
const FIRST_PARAMETER = /[?&;#]/

/**
 * The characters that parsers of queries, or those that decode them twice, take for the end of a key
 * within a name.
 */
const KEY_ENDS = /[\s\p{Cc}[\].=?&;#,]+/u

/** A word of a text: URLs end at a space, and at a quote or a `>` where a separator follows. */
const WORD = /(?:[^\s"<>]|["<>](?![;,\s]|$))+/g

/** The headers whose whole value is one URL. */
const URL_HEADERS: ReadonlySet<string> = new Set(['referer', 'location', 'content-location', 'origin'])

/** Hides values in probes, or in what the command prints: of headers, and of parameters in URLs. */
export class Redaction {
  readonly #headers: ReadonlySet<string>
  readonly #parameters: ReadonlySet<string>
  readonly #userInfo: boolean

  /**
   * @param names - of headers, and of parameters with a question mark before them, in any case:
   * `authorization`, `?token`
   * @param userInfo - whether passwords in URLs are hidden wherever they stand: `http://user:password@host/`
   */
  constructor(names: readonly string[], { userInfo = false } = {}) {
    const lower = names.map((name) => name.toLowerCase())
    this.#headers = new Set(lower.filter((name) => !name.startsWith('?')))
    this.#parameters = new Set(lower.filter((name) => name.startsWith('?')).map((name) => name.slice(1)))
    this.#userInfo = userInfo
  }

  get empty(): boolean {
    return this.#headers.size === 0 && this.#parameters.size === 0
  }

  /**
   * The URL that a client asks for. A path is all that it should be; who sends a whole URL, as to a proxy, may send a
   * password in it, which is hidden in any case.
   */
  target(url: string): string {
    return this.url(url.startsWith('/') ? url : withoutUserInfo(url))
  }

  /** A URL without the values of the parameters. All else stays as it is. */
  url(text: string): string {
    if (this.#parameters.size === 0 && !this.#userInfo) return text
    return this.#inUrl(text, 0)
  }

  /** A text that may hold URLs. */
  text(text: string): string {
    if (this.#parameters.size === 0 && !this.#userInfo) return text
    const shown = this.#userInfo ? withoutUserInfo(text) : text
    return shown.replace(WORD, (word) => this.#inUrl(word, 0))
  }

  /** Whether all of a header's value is to be kept out. */
  hidesHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase())
  }

  /** The value of a header, or the list of its values. */
  header(name: string, value: unknown): unknown {
    if (this.hidesHeader(name)) return REDACTED
    const isUrl = URL_HEADERS.has(name.toLowerCase())
    const hide = (text: string) => (isUrl ? this.url(text) : this.text(text))
    if (Array.isArray(value)) return value.map((each) => hide(String(each)))
    return typeof value === 'string' ? hide(value) : value
  }

  #inUrl(text: string, depth: number): string {
    const shown = this.#userInfo ? withoutUserInfo(text) : text
    const start = shown.search(FIRST_PARAMETER)
    if (start === -1) return shown
    const parameters = shown.slice(start).split('&')
    return (
      shown.slice(0, start) + parameters.map((parameter) => this.#inParameter(parameter, depth)).join('&')
    )
  }

  /**
   * Hides all from the name to the next `&`: parsers disagree on whether `;`, `#` and `=` end a value.
   *
   * @param parameter - with what stands before its name: `?a;token=value`
   */
  #inParameter(parameter: string, depth: number): string {
    for (let start = 0; ; ) {
      const equals = parameter.indexOf('=', start)
      const part = parameter.slice(start, equals === -1 ? parameter.length : equals)
      if (start > 0 && this.#isIn(part, depth)) return parameter.slice(0, start) + REDACTED
      if (equals === -1) return parameter
      if (this.hidesParameter(part)) return `${parameter.slice(0, equals)}=${REDACTED}`
      start = equals + 1
    }
  }

  /**
   * Whether a parameter's value is hidden. Frameworks make `token` of `token[]`, of ` token`, and of
   * `user[token]`.
   */
  hidesParameter(name: string): boolean {
    let text = name.replace(/[\t\r\n]/g, '').toLowerCase()
    for (let depth = 0; depth <= MAX_DEPTH; depth++) {
      const inner = decoded(text).toLowerCase()
      if (inner.split(KEY_ENDS).some((key) => this.#parameters.has(key))) return true
      // A name that the app gives may have brackets and dots in it.
      if (this.#parameters.has(lastName(inner))) return true
      if (inner === text) return false
      text = inner
    }
    return false
  }

  /** Whether a value is itself a URL with such a parameter, encoded: `?next=%2Fin%3Ftoken%3Dx`. */
  #isIn(value: string, depth: number): boolean {
    if (depth === MAX_DEPTH || !value.includes('%')) return false
    const inner = decoded(value)
    return inner !== value && (this.#inUrl(inner, depth + 1) !== inner || this.#isIn(inner, depth + 1))
  }
}

/** The name without what stands before it. */
function lastName(text: string): string {
  const before = Math.max(...['?', '&', ';', '#'].map((separator) => text.lastIndexOf(separator)))
  return text.slice(before + 1).trim()
}

export const NO_REDACTION = new Redaction([])

/** Decodes what is encoded, as parsers of queries do that forgive mistakes: what is no text they leave. */
function decoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString())
}
