import type { Server } from 'node:net'
import { withinReach } from '../routing/closure'
import type { Handler } from '../routing/layer'
import { stackOf } from '../routing/stacks'

/** An Express or Connect app, or a router. */
export type App = Handler

/** The most functions and objects that are looked into for one listener. */
const MAX_LOOKS = 200

/** The most functions that an app may be behind: a listener that calls a function that calls the app is two. */
const MAX_DEPTH = 3

/** The listeners to which a server gives its requests. */
export function requestListeners(server: Server): Handler[] {
  // Node wraps listeners that were added by once(), and the wrapper has the listener.
  return server
    .rawListeners('request')
    .map((listener) => (listener as Handler & { listener?: Handler }).listener ?? listener)
}

/**
 * The root apps that a listener hands its requests to: itself, or what it closes over or is bound to. Calls nothing of
 * the app's. Empty where they are hidden too well.
 */
export function appsBehind(listener: Handler): App[] {
  const apps = new Set<App>()
  const seen = new Set<object>([listener])
  let level: object[] = [listener]
  let looks = 0
  for (let depth = 0; depth <= MAX_DEPTH && apps.size === 0; depth++) {
    const next: object[] = []
    for (const value of level) {
      if (isApp(value)) {
        apps.add(rootOf(value))
        continue
      }
      if (depth === MAX_DEPTH || ++looks > MAX_LOOKS) continue
      for (const inner of partsOf(value)) {
        if (seen.has(inner)) continue
        seen.add(inner)
        next.push(inner)
      }
    }
    level = next
  }
  // What is mounted in another one of them gets its requests through that one.
  return [...apps].filter((app) => ![...apps].some((other) => other !== app && isMountedIn(other, app)))
}

function isMountedIn(outer: App, app: App, depth = 0): boolean {
  return (stackOf(outer) ?? []).some(
    ({ handle }) =>
      handle === app || (depth < MAX_DEPTH && isApp(handle) && isMountedIn(handle, app, depth + 1))
  )
}

export function isApp(value: unknown): value is App {
  try {
    return stackOf(value) !== null
  } catch {
    return false
  }
}

/** The part of an Express app that tells where it is mounted. */
interface MountedApp {
  parent?: unknown
}

/** The app in which, or below which, an app was mounted; itself where it was mounted nowhere. */
export function rootOf(app: App): App {
  let root = app
  for (let parent = (root as MountedApp).parent; isApp(parent); parent = (root as MountedApp).parent)
    root = parent
  return root
}

function partsOf(value: object): object[] {
  return typeof value === 'function' ? [...withinReach(value), ...ownValues(value)] : ownValues(value)
}

/** The values of an object's own properties; no getter is called. */
function ownValues(object: object): object[] {
  try {
    return Object.values(Object.getOwnPropertyDescriptors(object))
      .map(({ value }): unknown => value)
      .filter((value): value is object => isFunction(value) || isPlain(value))
      .slice(0, MAX_LOOKS)
  } catch {
    // This is a proxy of the app's.
    return []
  }
}

function isFunction(value: unknown): value is Handler {
  return typeof value === 'function'
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}
