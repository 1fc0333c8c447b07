import type { CallRecord } from '../provider/record'
import { milliseconds } from '../trace/clock'

/** The number of calls that are kept of a request; the others are counted. */
export const MAX_CALLS = 100

/** The most characters of a host, a path or an error's name that are kept. */
const MAX_TEXT = 500

/** An absolute URL: `https://user:password@host`, and the path after it. */
const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#]*@)?([^/?#]*)(.*)$/is

/** One call that is under way, or over. */
export class OutgoingCall implements CallRecord {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly startedAt = milliseconds()
  status = 0
  error = ''
  respondedAt = 0
  endedAt = 0
  nextCall: OutgoingCall | null = null

  /**
   * @param host - may be a whole origin, such as `http://api:8080`
   * @param path - with its query, or a whole URL, as proxies get it
   */
  constructor(method: unknown, host: unknown, path: unknown) {
    const [, hostOfPath, rest] = ABSOLUTE.exec(text(path)) ?? []
    this.method = text(method)
    this.host = hostOfPath ?? withoutScheme(text(host))
    this.path = withoutQuery(rest ?? text(path))
  }

  /** The headers of the response have come. */
  responded(status: unknown): void {
    this.respondedAt = milliseconds()
    this.status = typeof status === 'number' ? status : 0
  }

  failed(error: unknown): void {
    const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as Record<
      string,
      unknown
    >
    this.error = text(typeof code === 'string' ? code : name) || 'error'
    this.ended()
  }

  ended(): void {
    if (this.endedAt === 0) this.endedAt = milliseconds()
  }
}

function withoutScheme(origin: string): string {
  return ABSOLUTE.exec(origin)?.[1] ?? origin
}

function withoutQuery(path: string): string {
  const end = path.search(/[?#]/)
  return end === -1 ? path : path.slice(0, end)
}

/** An app can give anything for what it asks. */
function text(value: unknown): string {
  return (value instanceof URL ? value.origin : typeof value === 'string' ? value : '').slice(0, MAX_TEXT)
}
