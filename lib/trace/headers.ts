import type { HeaderSource } from '../provider/backend'

/** Stands in a probe for the value of a header that the app asked to keep out of it. */
const REDACTED = '[redacted]'

/** The headers of one message, for its probe. */
export class MessageHeaders implements HeaderSource {
  private readonly read: () => object
  private readonly redact: ReadonlySet<string>
  private text: string | undefined

  /**
   * @param read - gives the headers when a tracer wants them
   * @param redact - names, in lower case, of those to keep out of probes
   */
  constructor(read: () => object, redact: ReadonlySet<string>) {
    this.read = read
    this.redact = redact
  }

  json(): string {
    this.text ??= this.toText()
    return this.text
  }

  object(): Record<string, unknown> {
    return JSON.parse(this.json())
  }

  private toText(): string {
    try {
      const headers = this.redact.size === 0 ? this.read() : redacted(this.read(), this.redact)
      const json = JSON.stringify(headers)
      // A toJSON of the app's may have made something else of the object.
      if (typeof json === 'string' && json[0] === '{') return json
    } catch {}
    return this.piecemeal()
  }

  /** Each header by itself, so that a value which JSON can't hold costs that value alone. */
  private piecemeal(): string {
    const parts: string[] = []
    try {
      const headers = this.read() as Record<string, unknown>
      for (const name of Object.keys(headers)) {
        const value = this.redact.has(name.toLowerCase()) ? REDACTED : textOf(headers, name)
        if (value !== undefined) parts.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`)
      }
    } catch {}
    return `{${parts.join()}}`
  }
}

function redacted(headers: object, names: ReadonlySet<string>): object {
  const copy: Record<string, unknown> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    // A function could only be a toJSON, which would show what it likes.
    if (typeof value !== 'function') copy[name] = names.has(name.toLowerCase()) ? REDACTED : value
  }
  return copy
}

function textOf(headers: Record<string, unknown>, name: string): string | string[] | undefined {
  try {
    const value = headers[name]
    if (typeof value === 'function') return undefined
    return Array.isArray(value) ? value.map(String) : String(value)
  } catch {
    return undefined
  }
}
