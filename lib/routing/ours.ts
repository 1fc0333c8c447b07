import type { Handler } from './layer'

const ROUTE_NAME = Symbol('restify-probes.route-name')

type Named = Handler & { [ROUTE_NAME]?: string }

/** Our functions in an app's stacks. They are no handlers of the app's (contract rule 7), so the probes do not show them. */
const ours = new WeakSet<Handler>()

export function markOurs<T extends Handler>(fn: T): T {
  ours.add(fn)
  return fn
}

export function isOurs(fn: Handler): boolean {
  return ours.has(fn)
}

/** Whether a function is one that `restifyProbes()` gave, which begins the traces of all requests that come to it. */
export function beginsTraces(fn: Handler): boolean {
  return ours.has(fn) && routeNameOf(fn) === undefined
}

/** Makes a function of ours one that names the route in whose stack it is. */
export function markRouteName<T extends Handler>(fn: T, name: string): T {
  ;(fn as Named)[ROUTE_NAME] = name
  return markOurs(fn)
}

/** The name that `restifyProbes.route(name)` gave; undefined for any other function. */
export function routeNameOf(fn: Handler): string | undefined {
  return (fn as Named)[ROUTE_NAME]
}

const originals = new WeakMap<Handler, Handler>()

/** Remembers which function of the app's was in a layer before one of ours was put there. */
export function markReplacement(replacement: Handler, original: Handler): void {
  originals.set(replacement, original)
}

/** The app's own function of a layer, in which one of ours may be in its place. */
export function originalOf(handle: Handler): Handler {
  return originals.get(handle) ?? handle
}
