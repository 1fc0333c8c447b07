import type { Handler } from './layer'

const ROUTE_NAME = Symbol('restify-probes.route-name')

type Own = Handler & { [ROUTE_NAME]?: string }

/** Our own functions in an app's stacks, which are no handlers of the app's (contract rule 7). */
const own = new WeakSet<Handler>()

export function markOwn<T extends Handler>(fn: T): T {
  own.add(fn)
  return fn
}

export function isOwn(fn: Handler): boolean {
  return own.has(fn)
}

/** Whether a function is one that `restifyProbes()` gave, which begins the traces of all requests that come to it. */
export function beginsTraces(fn: Handler): boolean {
  return own.has(fn) && routeNameOf(fn) === undefined
}

/** Makes of a function of ours the one that names the route in whose stack it is. */
export function markRoute<T extends Handler>(fn: T, name: string): T {
  ;(fn as Own)[ROUTE_NAME] = name
  return markOwn(fn)
}

/** The name that `restifyProbes.route(name)` gave; undefined for any other function. */
export function routeNameOf(fn: Handler): string | undefined {
  return (fn as Own)[ROUTE_NAME]
}

const originals = new WeakMap<Handler, Handler>()

/** Remembers what a function of ours in an app's layer stands in for. */
export function markStandIn(standIn: Handler, original: Handler): void {
  originals.set(standIn, original)
}

/** The app's own function of a layer in which one of ours may stand in for it. */
export function ownHandle(handle: Handler): Handler {
  return originals.get(handle) ?? handle
}
