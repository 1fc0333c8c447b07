import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import tls from 'node:tls'
import restifyProbes from 'restify-probes'
import { load } from '../support/frameworks'
import type { End } from './case'
import { CERTIFICATE, KEY } from './certificate'
import { type Received, received } from './received'

/** The longest time that anything here takes, in milliseconds. */
const PATIENCE = 4000

export interface Played {
  client: Received
  /** Whether the client's connection was closed by the other side, or by the client, before the response was complete. */
  status: number
}

interface Turn {
  end: End
  /** Resolves when the client has received so many bytes of the body, or has gone. */
  hasReceived(bytes: number): Promise<void>
}

/** Servers of one framework that do what a case says, seen by tracing them through the channels. */
export class Stage {
  readonly #servers: { plain: http.Server; tls: https.Server }
  readonly #turns = new Map<string, Turn>()
  readonly #routes = new Map<number, string>()
  readonly #done = new Map<string, (status: number) => void>()
  #cases = 0

  private constructor(framework: End['framework']) {
    const listener = this.#app(framework)
    this.#servers = {
      plain: http.createServer(listener),
      tls: https.createServer({ key: KEY, cert: CERTIFICATE }, listener)
    }
    for (const server of Object.values(this.#servers))
      server.on('clientError', (_error, socket) => socket.destroy())
  }

  static async open(framework: End['framework']): Promise<Stage> {
    const stage = new Stage(framework)
    subscribe('restify:route-start', stage.#began)
    subscribe('restify:route-done', stage.#ended)
    for (const server of Object.values(stage.#servers)) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    }
    return stage
  }

  close(): void {
    unsubscribe('restify:route-start', this.#began)
    unsubscribe('restify:route-done', this.#ended)
    for (const server of Object.values(this.#servers)) {
      server.closeAllConnections()
      server.close()
    }
  }

  readonly #began = (message: unknown) => {
    const { id, url } = message as restifyProbes.RouteStartMessage
    this.#routes.set(id, url)
  }

  readonly #ended = (message: unknown) => {
    const { id, statusCode } = message as restifyProbes.RouteDoneMessage
    const url = this.#routes.get(id)
    this.#routes.delete(id)
    if (url !== undefined) this.#done.get(url)?.(statusCode)
  }

  #app(framework: End['framework']): http.RequestListener {
    const answer = (req: http.IncomingMessage, res: http.ServerResponse) => {
      const turn = this.#turns.get(req.url ?? '')
      if (turn === undefined) res.end('before')
      else void respond(req, res, turn)
    }
    if (framework === 'connect') {
      const app = (require('connect') as () => ConnectApp)()
      app.use(restifyProbes({ app: app as never }))
      app.use(answer)
      return app as unknown as http.RequestListener
    }
    const app = load({ express: framework })()
    app.use(restifyProbes())
    app.use(answer)
    return app as unknown as http.RequestListener
  }

  async play(end: End): Promise<Played> {
    const number = ++this.#cases
    const url = `/case/${number}`
    const status = new Promise<number>((resolve) => this.#done.set(url, resolve))
    const server = end.tls ? this.#servers.tls : this.#servers.plain
    const client = await Client.connect((server.address() as AddressInfo).port, end)
    this.#turns.set(url, { end, hasReceived: (bytes) => client.hasReceived(bytes) })
    try {
      for (let i = 0; i < end.before; i++) await client.askBefore()
      client.ask(url)
      await Promise.race([client.finished(), late(`the client of ${url}`)])
      return { client: client.received(), status: await Promise.race([status, late(`route-done of ${url}`)]) }
    } finally {
      client.destroy()
      this.#turns.delete(url)
      this.#done.delete(url)
    }
  }
}

interface ConnectApp {
  use(handler: unknown): void
}

async function late(what: string): Promise<never> {
  await setTimeout(PATIENCE, undefined, { ref: false })
  throw new Error(`${what} did not come`)
}

async function respond(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  { end, hasReceived }: Turn
): Promise<void> {
  const closed = new Promise<void>((resolve) => req.socket.once('close', () => resolve()))
  res.on('error', () => {})
  res.statusCode = end.status
  if (end.framing === 'length') {
    res.setHeader(
      'Content-Length',
      end.parts.reduce((sum, size) => sum + size, end.missing)
    )
  } else if (end.framing === 'close') {
    res.setHeader('Connection', 'close')
    res.removeHeader('Transfer-Encoding')
    res.chunkedEncoding = false
    ;(res as { useChunkedEncodingByDefault?: boolean }).useChunkedEncodingByDefault = false
  }
  if (end.close) res.shouldKeepAlive = false
  res.flushHeaders()
  const bodiless = end.method === 'HEAD' || end.status === 204 || end.status === 304
  let sent = 0
  // Each part is sent once the client has all that came before, so that it is known what it has when it leaves.
  for (const [index, size] of end.parts.entries()) {
    if (end.leavesAfter === index) await closed
    if (!bodiless) {
      res.write(Buffer.alloc(size, 'x'))
      sent += size
      await hasReceived(sent)
    }
  }
  if (end.leavesAfter === end.parts.length) await closed
  if (end.end === 'end later' || end.end === 'destroy later') await setTimeout(2)
  if (end.end.startsWith('end')) res.end()
  else if (end.end.startsWith('destroy')) res.destroy()
}

/** A client that knows only bytes. */
class Client {
  readonly #socket: net.Socket
  readonly #end: End
  #chunks: Buffer[] = []
  #ended = false
  #left = false
  #changed: () => void = () => {}

  private constructor(socket: net.Socket, end: End) {
    this.#socket = socket
    this.#end = end
    socket.on('data', (data) => {
      this.#chunks.push(data)
      this.#changed()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      this.#changed()
    })
  }

  static async connect(port: number, end: End): Promise<Client> {
    const socket = end.tls
      ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : net.connect(port, '127.0.0.1')
    await once(socket, end.tls ? 'secureConnect' : 'connect')
    return new Client(socket, end)
  }

  async askBefore(): Promise<void> {
    this.#socket.write('GET /before HTTP/1.1\r\nHost: x\r\n\r\n')
    while (!this.#bytes().toString('latin1').endsWith('before')) await this.#change()
    this.#chunks = []
  }

  ask(url: string): void {
    const { method, version, close, expect } = this.#end
    const lines = [`${method} ${url} HTTP/${version}`, 'Host: x']
    if (close && version === '1.1') lines.push('Connection: close')
    if (method === 'POST') lines.push('Content-Length: 0')
    if (expect) lines.push('Expect: 100-continue')
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  }

  received(): Received {
    return received(this.#bytes(), this.#end, this.#ended && !this.#left)
  }

  async hasReceived(bytes: number): Promise<void> {
    while (!this.#ended && !this.#left && this.received().body < bytes) await this.#change()
    // By then the server's own writes are done with.
    await setImmediate()
  }

  /** Waits until the response is complete, the connection has closed, or the client leaves. */
  async finished(): Promise<void> {
    const { leavesAfter, parts, method, status } = this.#end
    const bodiless = method === 'HEAD' || status === 204 || status === 304
    const enough = parts.slice(0, leavesAfter ?? 0).reduce((sum, size) => sum + size, 0)
    for (;;) {
      const { head, body, complete } = this.received()
      if (leavesAfter !== null && head && (bodiless ? complete : body >= enough)) {
        this.#left = true
        // The server goes on when it has seen this.
        if (this.#end.reset) this.#socket.resetAndDestroy()
        else this.#socket.destroy()
        return
      }
      if (this.#ended || (leavesAfter === null && complete && this.#end.end === 'never')) return
      if (leavesAfter === null && complete && this.#end.framing !== 'close' && !this.#end.close) return
      await this.#change()
    }
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  #change(): Promise<void> {
    if (this.#ended) return Promise.resolve()
    return new Promise((resolve) => {
      const before = this.#changed
      this.#changed = () => {
        before()
        resolve()
      }
    })
  }
}
