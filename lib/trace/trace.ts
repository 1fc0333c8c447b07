import type { Link } from '../chain'
import type { HeaderSource } from '../provider/backend'
import type { Name } from '../provider/names'
import { HANDLER_START } from '../provider/probes'
import type { Provider } from '../provider/provider'
import { Attendance } from './attendance'
import type { Audience, Session } from './session'

/** One request, from its route-start to its route-done: pairs every start with its done (contract rule 1). */
export class Trace {
  readonly id: number
  readonly session: Session
  private readonly provider: Provider
  private readonly server: Name
  private route: Name
  private readonly outside: Attendance | null
  private readonly inside: Attendance | null
  private handlers = 0
  private lastOpen: HandlerRun | null = null
  private done = false

  constructor(provider: Provider, session: Session, server: Name, route: Name) {
    this.id = provider.nextId()
    this.session = session
    this.provider = provider
    this.server = server
    this.route = route
    this.outside = attendanceOf(session.outside())
    this.inside = attendanceOf(session.inside())
  }

  /** Fires route-start. */
  start(method: string, url: string, headers: HeaderSource): void {
    if (this.outside?.seesRouteStart)
      this.outside.backend.routeStart(this.server, this.route, this.id, method, url, headers)
    if (this.inside?.seesRouteStart)
      this.inside.backend.routeStart(this.server, this.route, this.id, method, url, headers)
  }

  /** False once nothing more can be fired for this request. */
  get open(): boolean {
    return !this.done && !this.session.ended
  }

  /**
   * Fires handler-start.
   *
   * @param name - of the handler's function; null for an anonymous one, which is named here (contract rule 6)
   * @param route - the one to which the handler belongs; null for middleware
   * @param place - what routing wants to know of the run later
   */
  startHandler(name: Name | null, route: Name | null, place: unknown): HandlerRun {
    const position = this.handlers++
    const handler = name ?? this.provider.names.of(`handler-${position}`)
    if (route !== null) this.route = route
    const run = new HandlerRun(this, handler, route, place, this.lastOpen)
    this.lastOpen = run
    if (this.outside !== null) run.outside = this.startFor(this.outside, handler)
    if (this.inside !== null) run.inside = this.startFor(this.inside, handler)
    return run
  }

  /** @returns the handler's probes that the attendance is shown */
  private startFor(attendance: Attendance, handler: Name): number {
    const probes = attendance.handlerProbes()
    if (probes & HANDLER_START) attendance.backend.handlerStart(this.server, this.route, handler, this.id)
    return probes
  }

  /** Called by {@link HandlerRun.done}, once. */
  endHandler(run: HandlerRun): void {
    if (run.later === null) this.lastOpen = run.earlier
    else run.later.earlier = run.earlier
    if (run.earlier !== null) run.earlier.later = run.later
    if (!this.open) return
    const route = run.route ?? this.route
    if (this.outside?.seesHandlerDone(run.outside))
      this.outside.backend.handlerDone(this.server, route, run.handler, this.id)
    if (this.inside?.seesHandlerDone(run.inside))
      this.inside.backend.handlerDone(this.server, route, run.handler, this.id)
  }

  /** To call in place of {@link start}: nothing is fired for this request. */
  abandon(): void {
    this.done = true
  }

  /** Ends the handlers that are still open, then fires route-done. */
  finish(statusCode: number, headers: HeaderSource): void {
    if (this.done) return
    while (this.lastOpen !== null) this.lastOpen.done()
    if (this.open) {
      if (this.outside?.seesRouteDone)
        this.outside.backend.routeDone(this.server, this.route, this.id, statusCode, headers)
      if (this.inside?.seesRouteDone)
        this.inside.backend.routeDone(this.server, this.route, this.id, statusCode, headers)
    }
    this.done = true
  }
}

/** Who wants to know of a handler; must not throw. */
export interface RunObserver {
  /** It has returned, and may pass control on later. */
  handlerLeftOpen(): void
  handlerDone(): void
}

/** One handler at work for one request. */
export class HandlerRun {
  /** The handlers of the same request that are open beside this one, in the order of their starts. */
  earlier: HandlerRun | null
  later: HandlerRun | null = null
  readonly route: Name | null
  readonly handler: Name
  readonly place: unknown
  /** Of the handler's probes, those that tracers outside were shown at its start, and subscribers inside. */
  outside = 0
  inside = 0
  observer: RunObserver | null = null
  /** Of what the handler returned, for as long as it is open. */
  poll: Link<() => void> | null = null
  private readonly trace: Trace
  private isOpen = true

  constructor(trace: Trace, handler: Name, route: Name | null, place: unknown, earlier: HandlerRun | null) {
    this.trace = trace
    this.handler = handler
    this.route = route
    this.place = place
    this.earlier = earlier
    if (earlier !== null) earlier.later = this
  }

  get open(): boolean {
    return this.isOpen
  }

  /** Fires handler-done; only the first call does (contract rule 1). */
  done(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.poll?.leave()
    this.trace.endHandler(this)
    this.observer?.handlerDone()
  }
}

function attendanceOf(audience: Audience): Attendance | null {
  return audience.enabled() === 0 ? null : new Attendance(audience)
}
