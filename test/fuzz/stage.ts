import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Req, Res, Target } from './build'
import { CASE_HEADER, Client } from './client'
import { must } from './finding'
import type { Case, Group } from './model'
import type { Tracer } from './tracer'
import { Visit } from './visit'

/** The time that a case has, in milliseconds. */
const DEADLINE = 5000

/** A server on which the apps of one case after another run. */
export class Server {
  readonly #server: http.Server
  #app: (req: Req, res: Res) => void = (_req, res) => void res.destroy()

  private constructor() {
    this.#server = http.createServer((req, res) => this.#app(req as Req, res))
  }

  static async start(): Promise<Server> {
    const server = new Server()
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  serve(app: (req: Req, res: Res) => void): void {
    this.#app = app
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** One run of a case: its requests, and what becomes of them. */
export class Stage {
  readonly visits: Visit[] = []
  /** The rejections and errors that nobody had handled, as the process was told. */
  readonly unhandled: string[] = []
  readonly tracer: Tracer | null
  /** While a tracer comes and goes, nothing else happens. */
  #held = false

  constructor(tracer: Tracer | null) {
    this.tracer = tracer
  }

  visitOf(req: Req): Visit {
    return this.visits[Number(req.headers[CASE_HEADER])] as Visit
  }

  /** Sends the requests of a case to an app, group after group. */
  async play({ groups }: Case, app: Target, server: Server): Promise<void> {
    server.serve((req, res) => {
      this.visitOf(req).arrive(req, res)
      app(req, res)
    })
    const unhandled = (reason: unknown) => void this.unhandled.push(String(reason))
    process.on('unhandledRejection', unhandled)
    process.on('uncaughtException', unhandled)
    try {
      for (const group of groups) await this.#playGroup(group, server.port)
    } finally {
      process.off('unhandledRejection', unhandled)
      process.off('uncaughtException', unhandled)
      this.tracer?.switchNow('off')
    }
  }

  async #playGroup({ before, during, turns, requests }: Group, port: number): Promise<void> {
    for (const to of before) await this.tracer?.switch(to)
    const visits = requests.map((request) => {
      const number = this.visits.length
      const visit = new Visit(number, request, new Client(port, number, request), this.tracer)
      this.visits.push(visit)
      return visit
    })
    const deadline = performance.now() + DEADLINE
    for (let turn = 0; !visits.every(({ over }) => over); turn++) {
      if (turn === turns && during.length > 0) void this.#switchHeld(during)
      must(performance.now() < deadline, 'requests do not end', () => requests.map(({ url }) => url).join())
      await new Promise((resolve) => setImmediate(resolve))
      if (!this.#held) for (const visit of visits) visit.turn()
    }
  }

  async #switchHeld(switches: Group['during']): Promise<void> {
    if (this.tracer === null) return
    this.#held = true
    for (const to of switches) await this.tracer.switch(to)
    this.#held = false
  }
}
