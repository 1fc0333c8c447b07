import type { ServerResponse } from 'node:http'
import { isEnded } from '../trace/on-finished'
import { endOnRejection } from '../trace/rejection'
import type { Session } from '../trace/session'
import type { HandlerRun } from '../trace/trace'
import type { Dispatch } from './dispatch'
import type { Dialect, Handler, Layer } from './layer'
import { viewOf } from './layer-view'
import { markReplacement } from './ours'
import { type TracedRequest, tracedOf } from './traced-request'
import type { RoutedRequest } from './url'

/** A method of a layer that runs the layer's function. */
export type Method = (this: Layer, ...args: unknown[]) => unknown

/** Sees a layer's function run for a request. */
export function aroundRequest(original: Method, dialect: Dialect, session: Session): Method {
  return function (this: Layer, req: RoutedRequest, res: ServerResponse, next: Handler): unknown {
    const run = session.ended || this.handle.length > 3 ? null : enter(this, req, next)
    if (run === null) return original.call(this, req, res, next)
    const view = dialect.dropsPromises ? viewOf(this) : null
    const layer = view === null ? this : view.layer
    const pass = wrappedNext(run, req, next)
    const result =
      run.calls === null
        ? original.call(layer, req, res, pass)
        : run.calls.run(original, layer, [req, res, pass])
    if (run.open || view !== null) settle(run, req, res, view?.result())
    return result
  } as Method
}

/** Sees a layer's function run for an error. */
export function aroundError(original: Method, dialect: Dialect, session: Session): Method {
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
    const layer = view === null ? this : view.layer
    const pass = wrappedNext(run, req, next)
    const result =
      run.calls === null
        ? original.call(layer, error, req, res, pass)
        : run.calls.run(original, layer, [error, req, res, pass])
    if (run.open || view !== null) settle(run, req, res, view?.result())
    return result
  } as Method
}

/** Sees a function run that its framework calls itself. Gives one with its name and arity. */
export function aroundHandler(original: Handler, layer: Layer, session: Session): Method {
  const takesError = original.length === 4
  const replacement = function (this: unknown, ...args: unknown[]): unknown {
    const at = takesError ? 1 : 0
    const [req, res, next] = args.slice(at) as [RoutedRequest, ServerResponse, Handler]
    const run = session.ended ? null : enter(layer, req, next)
    if (run === null) return original.apply(this, args)
    args[at + 2] = wrappedNext(run, req, (error?: unknown) => {
      attempt(() => tracedOf(req)?.leaveLayer(run))
      return next(error)
    })
    let result: unknown
    try {
      result = run.calls === null ? original.apply(this, args) : run.calls.run(original as Method, this, args)
    } catch (error) {
      run.done()
      throw error
    }
    settle(run, req, res, result)
    return result
  }
  for (const property of ['name', 'length'] as const)
    Object.defineProperty(replacement, property, { value: original[property], configurable: true })
  markReplacement(replacement, original)
  return replacement
}

function enter(layer: Layer, req: RoutedRequest, next: Handler): HandlerRun<Dispatch | null> | null {
  const traced = tracedOf(req)
  if (traced === undefined) return null
  if (!traced.trace.open) {
    traced.nextWrapper.leave()
    return null
  }
  try {
    return traced.enterLayer(layer, next)
  } catch {
    return null
  }
}

function wrappedNext(run: HandlerRun, req: RoutedRequest, pass: Handler): Handler {
  return (tracedOf(req) as TracedRequest).nextWrapper.wrap(run, pass)
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
