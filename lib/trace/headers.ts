import type { HeaderSource } from '../provider/backend'
import type { Redaction } from '../redaction/redaction'

/** The headers of one message, for its probe. */
export class MessageHeaders implements HeaderSource {
  private readonly read: () => object
  private readonly redaction: Redaction
  private text: string | undefined

  /**
   * @param read - gives the headers when a tracer wants them
   * @param redaction - the values to keep out of probes
   */
  constructor(read: () => object, redaction: Redaction) {
    this.read = read
    this.redaction = redaction
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
      const headers = this.redaction.empty ? this.read() : redacted(this.read(), this.redaction)
      const json = JSON.stringify(headers)
      // A toJSON of the app's may have made something else of the object.
      if (typeof json === 'string' && json[0] === '{') return json
    } catch {}
    return this.piecemeal()
  }

  /** Makes the JSON of each header by itself, so that a value which JSON can't hold costs that value alone. */
  private piecemeal(): string {
    const parts: string[] = []
    try {
      const headers = this.read() as Record<string, unknown>
      for (const name of Object.keys(headers)) {
        const value = this.redaction.header(name, textOf(headers, name))
        if (value !== undefined) parts.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`)
      }
    } catch {}
    return `{${parts.join()}}`
  }
}

function redacted(headers: object, redaction: Redaction): object {
  const copy: Record<string, unknown> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    // A function could only be a toJSON, which would show what it likes; so could one of an object that is a value.
    if (typeof value === 'function') continue
    copy[name] = redaction.header(name, isPlain(value) ? value : textOfValue(value))
  }
  return copy
}

function isPlain(value: unknown): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    (Array.isArray(value) && value.every((each) => typeof each === 'string'))
  )
}

function textOf(headers: Record<string, unknown>, name: string): string | string[] | undefined {
  try {
    return textOfValue(headers[name])
  } catch {
    return undefined
  }
}

function textOfValue(value: unknown): string | string[] | undefined {
  if (typeof value === 'function') return undefined
  return Array.isArray(value) ? value.map(String) : String(value)
}
