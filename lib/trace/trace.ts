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
  private readonly attendances: Attendance[]
  private handlers = 0
  private lastOpen: HandlerRun | null = null
  private done = false

  constructor(provider: Provider, session: Session, server: Name, route: Name) {
    this.id = provider.nextId()
    this.session = session
    this.provider = provider
    this.server = server
    this.route = route
    this.attendances = []
    this.admit(session.outside())
    this.admit(session.inside())
  }

  private admit(audience: Audience): void {
    if (audience.enabled() !== 0) this.attendances.push(new Attendance(audience))
  }

  /** Fires route-start. */
  start(method: string, url: string, headers: HeaderSource): void {
    for (const { seesRouteStart, audience } of this.attendances) {
      if (seesRouteStart) audience.backend.routeStart(this.server, this.route, this.id, method, url, headers)
    }
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
    for (let i = 0; i < this.attendances.length; i++) {
      const attendance = this.attendances[i] as Attendance
      const probes = attendance.handlerProbes()
      run.setProbes(i, probes)
      if (probes & HANDLER_START)
        attendance.audience.backend.handlerStart(this.server, this.route, handler, this.id)
    }
    return run
  }

  /** Called by {@link HandlerRun.done}, once. */
  endHandler(run: HandlerRun): void {
    if (run.later === null) this.lastOpen = run.earlier
    else run.later.earlier = run.earlier
    if (run.earlier !== null) run.earlier.later = run.later
    if (!this.open) return
    for (let i = 0; i < this.attendances.length; i++) {
      const attendance = this.attendances[i] as Attendance
      if (attendance.seesHandlerDone(run.probes(i)))
        attendance.audience.backend.handlerDone(this.server, run.route ?? this.route, run.handler, this.id)
    }
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
      for (const { seesRouteDone, audience } of this.attendances) {
        if (seesRouteDone) audience.backend.routeDone(this.server, this.route, this.id, statusCode, headers)
      }
    }
    this.done = true
  }
}

/** One handler at work for one request. */
export class HandlerRun {
  /** The handlers of the same request that are open beside this one, in the order of their starts. */
  earlier: HandlerRun | null
  later: HandlerRun | null = null
  readonly route: Name | null
  readonly handler: Name
  readonly place: unknown
  /** Runs when the handler is done. Must not throw. */
  onDone: (() => void) | null = null
  private readonly trace: Trace
  /** For each of the request's attendances, of which there are two at most, four bits. */
  private shown = 0
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

  /** What an attendance was shown of the handler's probes at its start. */
  probes(attendance: number): number {
    return (this.shown >> (4 * attendance)) & 0xf
  }

  setProbes(attendance: number, probes: number): void {
    this.shown |= probes << (4 * attendance)
  }

  /** Fires handler-done; only the first call does (contract rule 1). */
  done(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.trace.endHandler(this)
    if (this.onDone !== null) this.onDone()
  }
}
