import type { ServerResponse } from 'node:http'
import { isEnded } from '../trace/on-finished'
import { endOnRejection } from '../trace/rejection'
import type { Session } from '../trace/session'
import type { HandlerRun } from '../trace/trace'
import type { Place } from './cursor'
import { dialectOf } from './dialects/dialects'
import type { Dialect, Handler, Layer } from './layer'
import { leaveRequests } from './next'
import { markStandIn } from './own'
import type { Roles } from './roles'
import { type TracedRequest, tracedOf } from './traced'
import type { RoutedRequest } from './url'

/**
 * Sees every handler start and end. For a framework whose layers have methods
 * that run them, it stands in for these on their prototype: the layers and the
 * functions in them stay as the app and its tools know them. Connect's layers
 * are bare, so there it stands in for each handler in its layer. All is put
 * back when the session ends.
 */
export class Interceptor {
  readonly #roles: Roles
  #session: Session | null = null
  #prototypes = new WeakSet<object>()
  #layers = new WeakSet<Layer>()

  constructor(roles: Roles) {
    this.#roles = roles
  }

  /** To call with each stack that a request may run through. */
  attach(stack: Layer[], session: Session): void {
    const first = stack[0]
    // A request may outlive the session in which its trace began.
    if (first === undefined || session.ended) return
    if (this.#session !== session) {
      this.#session = session
      this.#prototypes = new WeakSet()
      this.#layers = new WeakSet()
      session.onEnd(leaveRequests)
    }
    const dialect = dialectOf(first)
    if (dialect.runners === null) for (const layer of stack) this.#attachLayer(layer, session)
    else this.#attachPrototype(Object.getPrototypeOf(first), dialect, dialect.runners, session)
  }

  #attachPrototype(
    prototype: object,
    dialect: Dialect,
    runners: { request: string; error: string },
    session: Session
  ): void {
    if (this.#prototypes.has(prototype)) return
    this.#prototypes.add(prototype)
    standIn(prototype, runners.request, session, (original) => interceptRequest(original, dialect, session))
    standIn(prototype, runners.error, session, (original) => interceptError(original, dialect, session))
  }

  #attachLayer(layer: Layer, session: Session): void {
    if (this.#layers.has(layer) || this.#roles.of(layer).role === 'internal') return
    this.#layers.add(layer)
    standIn(layer, 'handle', session, (original) => interceptHandler(original as Handler, layer, session))
  }
}

type Method = (this: Layer, ...args: unknown[]) => unknown

function standIn(object: object, name: string, session: Session, around: (original: Method) => Method): void {
  const descriptor = Object.getOwnPropertyDescriptor(object, name)
  if (typeof descriptor?.value !== 'function' || !descriptor.configurable) return
  const method = around(descriptor.value as Method)
  Object.defineProperty(object, name, { ...descriptor, value: method })
  session.onEnd(() => {
    // What another tool has put around ours stays; ours, its session ended, then only passes on.
    if ((object as Record<string, unknown>)[name] === method) Object.defineProperty(object, name, descriptor)
  })
}

function interceptRequest(original: Method, dialect: Dialect, session: Session): Method {
  return function (this: Layer, req: RoutedRequest, res: ServerResponse, next: Handler): unknown {
    const run = session.ended || this.handle.length > 3 ? null : enter(this, req, next)
    if (run === null) return original.call(this, req, res, next)
    const view = dialect.dropsPromises ? viewOf(this) : null
    const result = original.call(view === null ? this : view.layer, req, res, endingNext(run, req, next))
    if (run.open || view !== null) settle(run, req, res, view?.result())
    return result
  } as Method
}

function interceptError(original: Method, dialect: Dialect, session: Session): Method {
  return function (
    this: Layer,
    error: unknown,
    req: RoutedRequest,
    res: ServerResponse,
    next: Handler
  ): unknown {
    const run = !session.ended && this.handle.length === 4 ? enter(this, req, next) : null
    if (run === null) return original.call(this, error, req, res, next)
    const view = dialect.dropsPromises ? viewOf(this) : null
    const result = original.call(
      view === null ? this : view.layer,
      error,
      req,
      res,
      endingNext(run, req, next)
    )
    if (run.open || view !== null) settle(run, req, res, view?.result())
    return result
  } as Method
}

/** A handler that its framework calls itself, with its name and arity. */
function interceptHandler(original: Handler, layer: Layer, session: Session): Method {
  const takesError = original.length === 4
  const stand = function (this: unknown, ...args: unknown[]): unknown {
    const at = takesError ? 1 : 0
    const [req, res, next] = args.slice(at) as [RoutedRequest, ServerResponse, Handler]
    const run = session.ended ? null : enter(layer, req, next)
    if (run === null) return original.apply(this, args)
    args[at + 2] = endingNext(run, req, (error?: unknown) => {
      attempt(() => tracedOf(req)?.leaveLayer(run))
      return next(error)
    })
    let result: unknown
    try {
      result = original.apply(this, args)
    } catch (error) {
      run.done()
      throw error
    }
    settle(run, req, res, result)
    return result
  }
  for (const property of ['name', 'length'] as const)
    Object.defineProperty(stand, property, { value: original[property], configurable: true })
  markStandIn(stand, original)
  return stand
}

function enter(layer: Layer, req: RoutedRequest, next: Handler): HandlerRun<Place | null> | null {
  const traced = tracedOf(req)
  if (traced === undefined) return null
  if (!traced.trace.open) {
    traced.nexts.leave()
    return null
  }
  try {
    return traced.enterLayer(layer, next)
  } catch {
    return null
  }
}

function endingNext(run: HandlerRun, req: RoutedRequest, pass: Handler): Handler {
  return (tracedOf(req) as TracedRequest).nexts.ending(run, pass)
}

/** The handler has returned (contract rule 8); `promise` is what it returned to a framework that drops that. */
function settle(run: HandlerRun, req: RoutedRequest, res: ServerResponse, promise: unknown): void {
  if (!run.open) return
  if (isEnded(res)) {
    run.done()
    return
  }
  run.returned()
  run.observer?.handlerLeftOpen()
  if (promise !== undefined) endOnRejection((tracedOf(req) as TracedRequest).trace, run, promise)
}

function attempt(action: () => void): void {
  try {
    action()
  } catch {}
}

/** A layer as its router sees it while one handler runs: the same, but that the function's result is kept. */
interface View {
  layer: Layer
  result(): unknown
}

const views = new WeakMap<Layer, View & { handle: Handler }>()

function viewOf(layer: Layer): View {
  let view = views.get(layer)
  if (view?.handle !== layer.handle) {
    view = makeView(layer)
    views.set(layer, view)
  }
  return view
}

function makeView(layer: Layer): View & { handle: Handler } {
  const { handle } = layer
  let result: unknown
  const keep = (value: unknown) => {
    result = value
    return value
  }
  const keeping =
    handle.length === 4
      ? (error: unknown, req: unknown, res: unknown, next: unknown) => keep(handle(error, req, res, next))
      : (req: unknown, res: unknown, next: unknown) => keep(handle(req, res, next))
  return {
    handle,
    layer: Object.create(layer, { handle: { value: keeping } }) as Layer,
    result() {
      const value = result
      result = undefined
      return value
    }
  }
}
