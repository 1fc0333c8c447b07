import type { HeaderSource } from '../provider/backend'
import type { Name } from '../provider/names'
import { HANDLER_DONE, HANDLER_START, ROUTE_DONE, ROUTE_START } from '../provider/probes'
import type { Provider } from '../provider/provider'
import type { Session } from './session'

const EITHER_HANDLER_PROBE = HANDLER_START | HANDLER_DONE

/** One request, from its route-start to its route-done: pairs every start with its done (contract rules 1 to 3). */
export class Trace {
  readonly id: number
  readonly #provider: Provider
  readonly #session: Session
  readonly #server: Name
  #route: Name
  /** The probes that this request may fire: all, once a tracer has seen its route-start. */
  readonly #probes: number
  #handlers = 0
  #lastOpen: HandlerRun | null = null
  #done = false

  /** Fires route-start. */
  constructor(
    provider: Provider,
    session: Session,
    server: Name,
    route: Name,
    method: string,
    url: string,
    headers: HeaderSource
  ) {
    this.id = provider.nextId()
    this.#provider = provider
    this.#session = session
    this.#server = server
    this.#route = route
    const enabled = provider.enabled()
    this.#probes = enabled & ROUTE_START ? ~0 : enabled
    if (enabled & ROUTE_START) provider.routeStart(server, route, this.id, method, url, headers)
  }

  /** False once nothing more can be fired for this request. */
  get open(): boolean {
    return !this.#done && !this.#session.ended
  }

  get session(): Session {
    return this.#session
  }

  /** The route that is running, or that will. */
  get route(): Name {
    return this.#route
  }

  /**
   * Fires handler-start.
   *
   * @param name - of the handler's function; empty for an anonymous one, which is named here (contract rule 6)
   * @param route - the one to which the handler belongs; null for middleware
   */
  startHandler(name: Name | null, route: Name | null): HandlerRun {
    const position = this.#handlers++
    const handler = name ?? this.#provider.names.of(`handler-${position}`)
    if (route !== null) this.#route = route
    const enabled = this.#enabled()
    const run = new HandlerRun(this, handler, route, (enabled & EITHER_HANDLER_PROBE) !== 0, this.#lastOpen)
    if (this.#lastOpen !== null) this.#lastOpen.later = run
    this.#lastOpen = run
    if (enabled & HANDLER_START) this.#provider.handlerStart(this.#server, this.#route, handler, this.id)
    return run
  }

  /** Called by {@link HandlerRun.done}, once. */
  endHandler(run: HandlerRun): void {
    if (run.later === null) this.#lastOpen = run.earlier
    else run.later.earlier = run.earlier
    if (run.earlier !== null) run.earlier.later = run.later
    if (run.seen && this.#enabled() & HANDLER_DONE)
      this.#provider.handlerDone(this.#server, run.route ?? this.#route, run.handler, this.id)
  }

  /** Ends the handlers that are still open, then fires route-done. */
  finish(statusCode: number, headers: HeaderSource): void {
    if (this.#done) return
    while (this.#lastOpen !== null) this.#lastOpen.done()
    if (this.#enabled() & ROUTE_DONE)
      this.#provider.routeDone(this.#server, this.#route, this.id, statusCode, headers)
    this.#done = true
  }

  #enabled(): number {
    if (!this.open) return 0
    const enabled = this.#provider.enabled()
    if (enabled === 0) this.#session.end()
    return enabled & this.#probes
  }
}

/** One handler at work for one request. */
export class HandlerRun {
  /** The handlers of the same request that are open beside this one, in the order of their starts. */
  earlier: HandlerRun | null
  later: HandlerRun | null = null
  readonly route: Name | null
  readonly handler: Name
  /** Whether a tracer was there for the start, or for the done alone. */
  readonly seen: boolean
  readonly #trace: Trace
  #open = true

  constructor(trace: Trace, handler: Name, route: Name | null, seen: boolean, earlier: HandlerRun | null) {
    this.#trace = trace
    this.handler = handler
    this.route = route
    this.seen = seen
    this.earlier = earlier
  }

  get open(): boolean {
    return this.#open
  }

  /** Fires handler-done; only the first call does (contract rule 1). */
  done(): void {
    if (!this.#open) return
    this.#open = false
    this.#trace.endHandler(this)
  }
}
