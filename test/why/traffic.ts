import http from 'node:http'

/** Requests of one kind, so many a second. */
export interface Ask {
  rate: number
  path: string | (() => string)
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** The requests that every app gets beside the rest. */
const ORDINARY: readonly Ask[] = [
  { rate: 20, path: '/' },
  { rate: 20, path: '/items' },
  { rate: 20, path: () => `/items/${Math.floor(Math.random() * 1000)}` }
]

/**
 * Errors that clients get of a server which closes connections that nobody uses as one is used again, and of an app that
 * ends with the command by which it was started.
 */
const HARMLESS: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE'])

/** Clients that come when they like, not when others have been answered. */
export class Traffic {
  readonly #agent: http.Agent
  readonly #port: number
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #open = new Set<http.ClientRequest>()
  #ended = false

  /**
   * @param workers - where there are several, each request has a connection of its own: the primary deals connections
   *   out in turn, and a few that are kept could leave a worker without any
   */
  constructor(port: number, asks: readonly Ask[], workers: number) {
    this.#port = port
    this.#agent = new http.Agent({ keepAlive: workers === 1 })
    for (const ask of [...ORDINARY, ...asks]) this.#next(ask)
  }

  end(): void {
    this.#ended = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const request of this.#open) request.destroy()
    this.#agent.destroy()
  }

  #next(ask: Ask): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        this.#send(ask)
        this.#next(ask)
      },
      (-Math.log(1 - Math.random()) * 1000) / ask.rate
    )
    this.#timers.add(timer)
  }

  #send({ path, method = 'GET', headers = {}, body }: Ask): void {
    const request = http.request({
      agent: this.#agent,
      host: '127.0.0.1',
      port: this.#port,
      path: typeof path === 'string' ? path : path(),
      method,
      headers: {
        'user-agent': 'traffic/1',
        accept: '*/*',
        'x-request-id': Math.random().toString(36).slice(2),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        ...headers
      }
    })
    this.#open.add(request)
    request.on('response', (response) => response.resume())
    request.on('close', () => this.#open.delete(request))
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.#ended && !HARMLESS.has(error.code)) throw error
    })
    request.end(body)
  }
}
