import type { Req, Res, Spot } from './build'
import type { Trail } from './chart'
import type { Client } from './client'
import type { Request, Step } from './model'
import type { Moment, Tracer } from './tracer'

/** The state that a handler finds when it is called. */
export interface Seen {
  url: string
  method: string
  baseUrl: string | undefined
  originalUrl: string | undefined
  params: object | undefined
  route: string | undefined
  error: string | undefined
  arguments: number
  /** Whether the request's `next` is the one that it gets. */
  sameNext: boolean
  this: string
}

/** The events of a request, in their order. */
export type Event =
  | { what: 'arrives' }
  /** It passed `restifyProbes()`, or whatever stands there in an app without it. */
  | { what: 'begins'; spot: Spot; name: string | null }
  /** `run` counts the handlers of the request. */
  | {
      what: 'runs'
      run: number
      handler: number
      seen: Seen
      id: number | undefined
      spot: Spot
      names: Names
    }
  | { what: 'passes'; run: number; step: Step }
  | { what: 'throws'; run: number; async: boolean }
  | { what: 'returns'; run: number; ended: boolean }
  | { what: 'fails'; message: string }
  | { what: 'param'; name: string; value: unknown }
  | { what: 'over'; complete: boolean }

/** The names that a handler's route may have; null for a handler in no route. */
export type Names = string[] | null

/**
 * A request is held to be waiting for something when nothing has happened for so many turns of the event
 * loop.
 */
const QUIET = 12

/**
 * One request, in one run of a case. Handlers that do something later do it in
 * an order that does not depend on clocks: whenever the request has been quiet
 * for a while, the next of them goes on; when none is left, the client gives up.
 */
export class Visit implements Trail {
  readonly number: number
  readonly request: Request
  readonly client: Client
  readonly events: { event: Event; at: Moment | null }[] = []
  readonly places: Trail['places'] = new Map()
  /** The paths that its routes matched, by the route's number. */
  readonly routes: Trail['routes'] = new Map()
  readonly #tracer: Tracer | null
  readonly #waiting: (() => void)[] = []
  #res: Res | null = null
  #over = false
  #quiet = 0
  #left = false
  runs = 0

  constructor(number: number, request: Request, client: Client, tracer: Tracer | null) {
    this.number = number
    this.request = request
    this.client = client
    this.#tracer = tracer
  }

  arrive(req: Req, res: Res): void {
    this.#res = res
    this.note({ what: 'arrives' })
    res.once('close', () => {
      this.#over = true
      this.note({ what: 'over', complete: res.writableEnded && res.writableFinished })
    })
    for (const message of [req, res]) message.on('error', (error: Error) => this.fail(error))
  }

  note(event: Event): void {
    this.#quiet = 0
    this.events.push({ event, at: this.#tracer?.now ?? null })
  }

  fail(error: unknown): void {
    this.note({ what: 'fails', message: String(error) })
  }

  later(go: () => void): void {
    this.#waiting.push(go)
  }

  /** One turn of the event loop has passed. */
  turn(): void {
    const res = this.#res
    if (res === null) return
    this.#quiet++
    if (this.#quiet < QUIET) return
    if (this.request.leaves && !this.#left && this.#waiting.length > 0) this.#leave()
    // The server is to notice first.
    if (this.#left && !this.#over) return
    const go = this.#waiting.shift()
    if (go !== undefined) {
      this.#quiet = 0
      go()
    } else if (!res.writableEnded && !this.#over && this.#quiet > 2 * QUIET) {
      this.#leave()
    }
  }

  #leave(): void {
    this.#left = true
    this.client.destroy()
  }

  get over(): boolean {
    const served = this.#res === null || (this.#over && this.#waiting.length === 0 && this.#quiet >= QUIET)
    return this.client.closed && served
  }
}
