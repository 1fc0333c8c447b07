import type { Link } from '../linked-list'
import { CallScope, RequestCalls } from '../outgoing/scope'
import { type HeaderSource, noHeaders } from '../provider/backend'
import type { Name } from '../provider/names'
import { HANDLER_START, PROBE_NAMES } from '../provider/probes'
import type { DirectConsumer, Provider } from '../provider/provider'
import type { CallRecord, HandlerRecord, RequestRecord } from '../provider/record'
import { milliseconds } from './clock'
import type { Location } from './location'
import type { RouteAhead, RouteLabel } from './route-label'
import type { Session } from './session'
import type { Visibility } from './visibility'

/** The number of bits that each consumer has in {@link HandlerRun.visible}: one for each probe. */
const WIDTH = PROBE_NAMES.length

/**
 * One request, from its route-start to its route-done. It pairs every start with its done (contract rule 1), and is
 * itself the record that direct consumers get at the end.
 */
export class Trace implements RequestRecord {
  readonly id: number
  readonly server: Name
  method = ''
  url = ''
  requestHeaders: HeaderSource = noHeaders
  responseHeaders: HeaderSource = noHeaders
  socket: Peer | null = null
  statusCode = 0
  startedAt = 0
  duration = 0
  firstHandler: HandlerRun | null = null
  readonly session: Session
  private readonly provider: Provider
  private readonly ahead: RouteAhead
  /** The label of the last route that ran, or else of the one ahead; null while none is known. */
  private knownLabel: RouteLabel | null
  private readonly visibilities: Visibility | null
  private readonly direct: readonly DirectConsumer[]
  /** Whether a direct consumer wanted handlers when the request began: they are kept, and their times read, for it alone. */
  readonly recordsHandlers: boolean
  /** The calls; null where nobody wants to know of them. */
  private readonly calls: RequestCalls | null
  private handlers = 0
  private lastHandler: HandlerRun | null = null
  private lastOpen: HandlerRun | null = null
  private done = false

  constructor(provider: Provider, session: Session, server: Name, ahead: RouteAhead) {
    this.id = provider.nextId()
    this.session = session
    this.provider = provider
    this.server = server
    this.ahead = ahead
    this.visibilities = session.visibilities()
    // Every probe shows a label. Direct consumers look at the end, when most requests have told it themselves.
    this.knownLabel = this.visibilities === null ? null : ahead.label()
    this.direct = provider.direct
    this.recordsHandlers = wantHandlers(this.direct)
    this.calls = provider.outgoing.watched ? new RequestCalls(provider.outgoing) : null
  }

  /** The label of the last route that ran: it names the request. */
  private get label(): RouteLabel {
    this.knownLabel ??= this.ahead.label()
    return this.knownLabel
  }

  get route(): Name {
    return this.label.name
  }

  get routePath(): string {
    return this.label.path.text
  }

  get client(): string {
    return this.socket?.remoteAddress ?? ''
  }

  get callsLeftOut(): number {
    return this.calls?.leftOut ?? 0
  }

  /** Fires route-start. */
  start(method: string, url: string, headers: HeaderSource): void {
    this.method = method
    this.url = url
    this.requestHeaders = headers
    for (let visibility = this.visibilities; visibility !== null; visibility = visibility.next) {
      if (!visibility.seesRouteStart) continue
      const { name, path } = this.label
      visibility.backend.routeStart(this.server, name, this.id, method, url, headers, path)
    }
    if (this.isRecorded) this.startedAt = milliseconds()
  }

  /** False once nothing more can be fired for this request. */
  get open(): boolean {
    return !this.done && !this.session.ended
  }

  /** Whether a direct consumer was there when the request began: times are read for it alone. */
  get isRecorded(): boolean {
    return this.direct.length > 0
  }

  /**
   * Fires handler-start.
   *
   * @param identity - name and location of the handler's function
   * @param route - the one to which the handler belongs; null for middleware
   * @param dispatch - kept for routing, which wants it later
   * @returns null where nobody wants to know of handlers, so that this one need not be followed
   */
  startHandler<Dispatch>(
    identity: HandlerIdentity,
    route: RouteLabel | null,
    dispatch: Dispatch
  ): HandlerRun<Dispatch> | null {
    if (route !== null) this.knownLabel = route
    if (this.visibilities === null && !this.recordsHandlers) return null
    const position = this.handlers++
    const handler = identity.name ?? this.provider.names.of(`handler-${position}`)
    const run = new HandlerRun(this, handler, identity, route, dispatch)
    if (this.lastOpen !== null) this.lastOpen.later = run
    run.earlier = this.lastOpen
    this.lastOpen = run
    let shift = 0
    for (let visibility = this.visibilities; visibility !== null; visibility = visibility.next) {
      const probes = visibility.handlerProbes()
      run.visible |= probes << shift
      shift += WIDTH
      if (probes & HANDLER_START)
        visibility.backend.handlerStart(
          this.server,
          this.label.name,
          handler,
          this.id,
          identity.location.name
        )
    }
    if (this.recordsHandlers) this.record(run)
    if (run.visible !== 0 || this.recordsHandlers) run.startClock()
    return run
  }

  private record(run: HandlerRun): void {
    if (this.lastHandler === null) this.firstHandler = run
    else this.lastHandler.nextHandler = run
    this.lastHandler = run
    if (this.calls !== null) run.calls = new CallScope(this.calls)
  }

  /** It is called by {@link HandlerRun.done}, once. */
  endHandler(run: HandlerRun): void {
    if (run.later === null) this.lastOpen = run.earlier
    else run.later.earlier = run.earlier
    if (run.earlier !== null) run.earlier.later = run.later
    if (!this.open) return
    const location = run.identity.location.name
    let shift = 0
    for (let visibility = this.visibilities; visibility !== null; visibility = visibility.next) {
      if (visibility.seesHandlerDone((run.visible >> shift) & MASK))
        visibility.backend.handlerDone(
          this.server,
          (run.route ?? this.label).name,
          run.handler,
          this.id,
          location,
          run.busyMicroseconds
        )
      shift += WIDTH
    }
  }

  /** Must be called in place of {@link start} for a request that can't be traced. */
  abandon(): void {
    this.done = true
  }

  /** Ends the handlers that are still open, then fires route-done. */
  finish(statusCode: number, headers: HeaderSource): void {
    if (this.done) return
    if (this.calls !== null) this.calls.closed = true
    while (this.lastOpen !== null) this.lastOpen.done()
    if (this.open) {
      if (this.isRecorded) this.duration = milliseconds() - this.startedAt
      for (let visibility = this.visibilities; visibility !== null; visibility = visibility.next) {
        if (!visibility.seesRouteDone) continue
        const { name, path } = this.label
        visibility.backend.routeDone(this.server, name, this.id, statusCode, headers, path)
      }
      if (this.isRecorded) this.report(statusCode, headers)
    }
    this.done = true
  }

  private report(statusCode: number, headers: HeaderSource): void {
    this.statusCode = statusCode
    this.responseHeaders = headers
    for (const { gone, consumer } of this.direct) {
      if (gone) continue
      try {
        consumer.requestDone(this)
      } catch {
        // The consumer promises not to throw; the app and the other consumers must not depend on that
        // (contract rule 12).
      }
    }
  }
}

function wantHandlers(direct: readonly DirectConsumer[]): boolean {
  for (const { consumer } of direct) if (consumer.wantsHandlers !== false) return true
  return false
}

/** The longest busy time that an int can tell, in microseconds: 36 minutes. */
const MAX_INT = 2 ** 31 - 1

/** The bits of one consumer. */
const MASK = (1 << WIDTH) - 1

/** The connection of a request, of which Node tells more than anybody wants to keep. */
interface Peer {
  readonly remoteAddress?: string | undefined
}

/** Wants to know of a handler that has returned or is done. Must not throw. */
export interface RunObserver {
  /** It has returned, and may pass control on later. */
  handlerLeftOpen(): void
  handlerDone(): void
}

/** The facts about a handler's function that all its runs have in common. */
export interface HandlerIdentity {
  /**
   * Null for an anonymous one, which is `handler-N`, N its position among the handlers that the
   * request has run.
   */
  readonly name: Name | null
  readonly location: Location
}

/** One handler at work for one request. */
export class HandlerRun<Dispatch = unknown> implements HandlerRecord {
  /** The handlers of the same request that are open beside this one, in the order of their starts. */
  earlier: HandlerRun | null = null
  later: HandlerRun | null = null
  readonly handler: Name
  readonly identity: HandlerIdentity
  /** The route to which the handler belongs; null for middleware. */
  readonly route: RouteLabel | null
  readonly dispatch: Dispatch
  /** For each consumer, the handler's probes that were visible to it when the handler started. */
  visible = 0
  observer: RunObserver | null = null
  /** Looks at the promise that the handler returned, for as long as it is open. */
  poll: Link<() => void> | null = null
  startedAt = 0
  duration = 0
  busy = 0
  nextHandler: HandlerRun | null = null
  /** The scope in which the handler is to run; null where nobody wants to know of its calls. */
  calls: CallScope | null = null
  private readonly trace: Trace
  private isOpen = true
  /** True while the handler holds the event loop, if its time is read. */
  private isBusy = false

  constructor(
    trace: Trace,
    handler: Name,
    identity: HandlerIdentity,
    route: RouteLabel | null,
    dispatch: Dispatch
  ) {
    this.trace = trace
    this.handler = handler
    this.identity = identity
    this.route = route
    this.dispatch = dispatch
  }

  get named(): boolean {
    return this.identity.name !== null
  }

  get location(): string {
    return this.identity.location.name.text
  }

  get firstCall(): CallRecord | null {
    return this.calls?.first ?? null
  }

  get source(): object {
    return this.identity.location
  }

  get open(): boolean {
    return this.isOpen
  }

  /** The busy time as the probes have it, an int. */
  get busyMicroseconds(): number {
    return Math.min(Math.round(this.busy * 1000), MAX_INT)
  }

  /** Must be called when the handler is about to run, if somebody wants to know how long it takes. */
  startClock(): void {
    this.isBusy = true
    this.startedAt = milliseconds()
  }

  /** Must be called when the function has returned: then it holds the event loop no more (contract rule 14). */
  returned(): void {
    if (!this.isBusy) return
    this.isBusy = false
    this.busy = milliseconds() - this.startedAt
  }

  /** Fires handler-done; only the first call does (contract rule 1). */
  done(): void {
    if (!this.isOpen) return
    this.isOpen = false
    if (this.isBusy || this.trace.recordsHandlers) this.stopClock()
    this.poll?.remove()
    this.trace.endHandler(this)
    this.observer?.handlerDone()
  }

  private stopClock(): void {
    this.duration = milliseconds() - this.startedAt
    if (this.isBusy) this.busy = this.duration
    this.isBusy = false
  }
}
