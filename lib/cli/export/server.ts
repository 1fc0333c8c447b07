import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { hostname } from 'node:os'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Format, formatFor, takesGzip } from '../../metrics/exposition/accept'
import { type Exposition, expose } from '../../metrics/exposition/exposition'
import type { Snapshot } from '../../metrics/snapshot'
import { Problem } from '../problem'
import type { HandlersSwitch } from './handlers-switch'
import { type ListenAddress, readTime } from './options'
import { Places } from './places'

/**
 * The time for which an answer serves whoever else asks for it, in milliseconds. Processes tell once a
 * second.
 */
const FRESH = 1000

/** The time that a client has for its request, and for reading an answer, in milliseconds. */
const PATIENCE = 10_000

/** Answers shorter than this, in bytes, are not compressed. */
const SHORT = 1400

const compress = promisify(gzip)

const PLAIN = 'text/plain; charset=utf-8'

const OVERVIEW = `restify-probes export

GET /metrics             figures of all processes, for Prometheus
GET /handlers            whether figures of handlers are among them
POST /handlers           switches them on; from this machine only
POST /handlers?for=10m   switches them on for a time
DELETE /handlers         switches them off
GET /healthz             whether this answers
`

interface Answer {
  madeAt: number
  exposition: Exposition
  compressed: Promise<Buffer> | undefined
}

/** Gives figures to whoever asks by HTTP. No answer waits for a process. */
export class MetricsServer {
  readonly #server: Server
  readonly #snapshot: () => Snapshot
  readonly #handlers: HandlersSwitch
  readonly #answers = new Map<Format, Answer>()
  readonly #places = new Places()

  constructor(snapshot: () => Snapshot, handlers: HandlersSwitch) {
    this.#snapshot = snapshot
    this.#handlers = handlers
    handlers.onChange(() => this.#answers.clear())
    this.#server = createServer(
      {
        headersTimeout: PATIENCE,
        requestTimeout: PATIENCE,
        maxHeaderSize: 8192,
        connectionsCheckingInterval: 2000
      },
      (req, res) => {
        this.#answer(req, res).catch(() => res.destroy())
      }
    )
    this.#server.on('connection', (socket) => this.#places.admit(socket))
  }

  /**
   * @returns where it listens
   * @throws Problem when it can't listen there
   */
  async listen({ host, port }: ListenAddress): Promise<ListenAddress> {
    this.#server.listen({ host, port, exclusive: true })
    try {
      await once(this.#server, 'listening')
    } catch (error) {
      throw notListening(error as NodeJS.ErrnoException, { host, port })
    }
    // A connection that can't be accepted, for want of file descriptors, must not end the command.
    this.#server.on('error', () => {})
    return { host, port: (this.#server.address() as AddressInfo).port }
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    this.#places.begin(req.socket, res)
    boundTime(res)
    // Nothing that a client sends beside its header is of use.
    req.resume()
    res.setHeader('x-content-type-options', 'nosniff')
    if (!isAskedByName(req)) return reply(res, 403, WRONG_NAME)
    const [path = '', query = ''] = (req.url ?? '').split('?', 2)
    const allowed = METHODS[path]
    if (allowed === undefined) return reply(res, 404, `There is no such page. There are:\n\n${OVERVIEW}`)
    if (!allowed.includes(req.method ?? '')) {
      res.setHeader('allow', allowed.join(', '))
      return reply(res, 405, `${path} takes ${allowed.join(', ')}.\n`)
    }
    if (path === '/metrics') return this.#answerMetrics(req, res)
    if (path === '/handlers') return this.#answerHandlers(req, res, query)
    return reply(res, 200, path === '/healthz' ? 'ok\n' : OVERVIEW)
  }

  async #answerMetrics(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const answer = this.#latest(formatFor(req.headers.accept))
    const { contentType, body } = answer.exposition
    res.setHeader('content-type', contentType)
    res.setHeader('vary', 'accept, accept-encoding')
    if (!takesGzip(req.headers['accept-encoding']) || body.length < SHORT) return end(res, body)
    answer.compressed ??= compress(body, { level: 1 })
    res.setHeader('content-encoding', 'gzip')
    return end(res, await answer.compressed)
  }

  #latest(format: Format): Answer {
    const now = performance.now()
    let answer = this.#answers.get(format)
    if (answer === undefined || now - answer.madeAt > FRESH) {
      answer = { madeAt: now, exposition: expose(this.#snapshot(), format), compressed: undefined }
      this.#answers.set(format, answer)
    }
    return answer
  }

  #answerHandlers(req: IncomingMessage, res: ServerResponse, query: string): void {
    const refusal = this.#switch(req, query)
    if (refusal !== undefined) {
      reply(res, ...refusal)
      return
    }
    const { wanted, until } = this.#handlers
    res.setHeader('content-type', 'application/json')
    const state = { handlers: wanted, until: until === undefined ? null : new Date(until).toISOString() }
    end(res, Buffer.from(`${JSON.stringify(state)}\n`))
  }

  /** @returns the status and the sentence with which that is refused */
  #switch(req: IncomingMessage, query: string): [status: number, why: string] | undefined {
    const { method } = req
    if (method !== 'POST' && method !== 'DELETE') return undefined
    const refusal = refusalOf(req)
    if (refusal !== undefined) return [403, refusal]
    const time = new URLSearchParams(query).get('for')
    const ms = time === null ? undefined : readTime(time)
    if (method === 'DELETE') this.#handlers.off()
    else if (time !== null && ms === undefined)
      return [400, 'for takes a time of up to 24 days, such as 90s, 10m or 1h30m.\n']
    else this.#handlers.on(ms)
    return undefined
  }
}

/** The pages, and the methods that each takes. */
const METHODS: Record<string, readonly string[]> = {
  __proto__: null as never,
  '/': ['GET', 'HEAD'],
  '/metrics': ['GET', 'HEAD'],
  '/handlers': ['GET', 'HEAD', 'POST', 'DELETE'],
  '/healthz': ['GET', 'HEAD']
}

const WRONG_NAME =
  'On the loopback interface, export is asked by its address, as localhost, or by the name of this machine.\n'

/**
 * Whether a client on this machine calls it by a name of its own. A page in a browser may read whatever has the page's
 * name, and can have that name resolve to 127.0.0.1.
 */
function isAskedByName({ socket, headers: { host } }: IncomingMessage): boolean {
  if (host === undefined || !isLoopback(socket.localAddress ?? '')) return true
  const name = nameIn(host)
  return isLocalName(name) || isIP(name) !== 0 || name === hostname().toLowerCase()
}

/** The headers by which proxies tell that they are there. */
const OF_PROXIES = /^(?:forwarded|via|x-real-ip|x-forwarded-.*|x-envoy-.*)$/

/**
 * Whether a client may not switch anything, and why. Only this machine may, without a proxy between, and no page in a
 * browser: such a page has an origin, and a name of its own for this host if it has had its name resolve to it. A proxy
 * that adds no header often speaks HTTP/1.0, as nginx does.
 */
function refusalOf({ socket, headers, httpVersion }: IncomingMessage): string | undefined {
  const isNear = isLoopback(socket.remoteAddress ?? '')
  const isByProxy = httpVersion !== '1.1' || Object.keys(headers).some((name) => OF_PROXIES.test(name))
  if (!isNear || isByProxy) return 'Handlers can be switched from this machine only.\n'
  if (headers.origin !== undefined || !isLocalName(nameIn(headers.host ?? '')))
    return 'Handlers can not be switched by a page in a browser.\n'
  return undefined
}

/** The name or address that a client has asked for: without the port, and without the brackets of IPv6. */
function nameIn(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
}

function isLocalName(name: string): boolean {
  return name === 'localhost' || isLoopback(name)
}

function isLoopback(address: string): boolean {
  const bare = address.replace(/^::ffff:/, '')
  return bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}

/** Whoever reads an answer too slowly must not keep it in memory. */
function boundTime(res: ServerResponse): void {
  const timer = setTimeout(() => res.destroy(), PATIENCE).unref()
  res.on('close', () => clearTimeout(timer))
}

function reply(res: ServerResponse, status: number, text: string): void {
  res.statusCode = status
  res.setHeader('content-type', PLAIN)
  end(res, Buffer.from(text))
}

function end(res: ServerResponse, body: Buffer): void {
  res.setHeader('content-length', body.length)
  res.end(body)
}

function notListening({ code, message }: NodeJS.ErrnoException, { host, port }: ListenAddress): Problem {
  if (code === 'EADDRINUSE')
    return new Problem(`port ${port} of ${host} is in use`, [
      'Is another export running? To take another port: --listen PORT'
    ])
  if (code === 'EACCES') return new Problem(`this user may not listen at port ${port} of ${host}`)
  if (code === 'EADDRNOTAVAIL') return new Problem(`this machine has no address ${host}`)
  return new Problem(`export can't listen at port ${port} of ${host}: ${message}`)
}
