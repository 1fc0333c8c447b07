import { Distribution } from './distribution'
import type { Grid } from './grid'

/** The figures of a handler, among the requests of one route. */
export interface HandlerFigures {
  name: string
  /** `file:line` where its function was written; empty where that is not known. */
  location: string
  /** A duration for each time that it ran. */
  durations: Distribution
  /**
   * The time for which it held the event loop, in nanoseconds, over all runs that `durations` counts;
   * undefined where that is not known.
   */
  busyNs?: number
}

/** The figures of a route's requests, and of the handlers that those requests ran. */
export interface RouteFigures {
  /**
   * The method of its requests; empty where requests of several share the route's name, undefined
   * where it is not known.
   */
  method?: string
  /** The route's path as written in the app, `/api/users/:id`; empty or undefined as `method` is. */
  path?: string
  requests: Distribution
  /** The number of requests that were errors (see {@link isError}). */
  errors: number
  /** The handlers, by {@link handlerKey}. */
  handlers: Map<string, HandlerFigures>
}

/** Tells a handler from others of its name that were written elsewhere. */
export function handlerKey({ name, location }: { name: string; location: string }): string {
  return `${name}\0${location}`
}

/** The figures of every route, by name, of all processes that are traced. */
export class Figures {
  readonly routes = new Map<string, RouteFigures>()

  constructor(readonly grid: Grid) {}

  /** The figures of a route, which it has from now on. */
  route(name: string): RouteFigures {
    let route = this.routes.get(name)
    if (route === undefined) {
      route = { requests: new Distribution(this.grid), errors: 0, handlers: new Map() }
      this.routes.set(name, route)
    }
    return route
  }

  /** The figures of a handler among the requests of a route, which it has from now on. */
  handler(routeName: string, name: string, location = ''): HandlerFigures {
    return handlerIn(this.route(routeName).handlers, { name, location }, this.grid)
  }

  requests(): number {
    let count = 0
    for (const { requests } of this.routes.values()) count += requests.count
    return count
  }

  /** Adds other figures to these. */
  merge(other: Figures): void {
    for (const [name, { method, path, requests, errors, handlers }] of other.routes) {
      const route = this.route(name)
      describeRoute(route, method, path)
      route.requests.merge(requests)
      route.errors += errors
      for (const { name: handlerName, location, durations, busyNs } of handlers.values()) {
        const handler = this.handler(name, handlerName, location)
        handler.durations.merge(durations)
        addBusy(handler, busyNs)
      }
    }
  }

  forgetExtremes(): void {
    for (const { requests, handlers } of this.routes.values()) {
      for (const distribution of [requests, ...[...handlers.values()].map(({ durations }) => durations)]) {
        distribution.minNs = Number.POSITIVE_INFINITY
        distribution.maxNs = 0
      }
    }
  }

  /** Gives the figures that came after an earlier state. */
  since(earlier: Figures): Figures {
    const later = new Figures(this.grid)
    for (const [name, route] of this.routes) {
      const before = earlier.routes.get(name)
      later.routes.set(name, {
        ...route,
        requests: route.requests.since(before?.requests),
        errors: route.errors - (before?.errors ?? 0),
        handlers: new Map(
          [...route.handlers].map(([key, handler]) => [key, handlerSince(handler, before?.handlers.get(key))])
        )
      })
    }
    return later
  }
}

/** Adds to what is known of for how long a handler held the event loop. */
export function addBusy(handler: Pick<HandlerFigures, 'busyNs'>, busyNs: number | undefined): void {
  if (busyNs !== undefined) handler.busyNs = (handler.busyNs ?? 0) + busyNs
}

/** Notes the method and the path of a route's request; those of routes that share a name become empty. */
export function describeRoute(
  route: RouteFigures,
  method: string | undefined,
  path: string | undefined
): void {
  if (method !== undefined && method !== route.method) route.method = route.method === undefined ? method : ''
  if (path !== undefined && path !== route.path) route.path = route.path === undefined ? path : ''
}

/**
 * Handlers with those of the same name and location added up. A handler's first runs
 * have no location, which is found out afterwards: they are added to those that have
 * one, unless several handlers of that name do.
 */
export function mergedHandlers(handlers: Iterable<HandlerFigures>): HandlerFigures[] {
  const all = [...handlers]
  const places = onlyLocations(all)
  const merged = new Map<string, HandlerFigures>()
  for (const handler of all) {
    const location = handler.location || (places.get(handler.name) ?? '')
    const same = handlerIn(merged, { name: handler.name, location }, handler.durations.grid)
    same.durations.merge(handler.durations)
    addBusy(same, handler.busyNs)
  }
  return [...merged.values()]
}

/** The locations of handlers, by their names; empty for a name that several locations have. */
function onlyLocations(handlers: readonly HandlerFigures[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const { name, location } of handlers) {
    if (location === '') continue
    const known = found.get(name)
    found.set(name, known === undefined || known === location ? location : '')
  }
  return found
}

function handlerIn(
  handlers: Map<string, HandlerFigures>,
  { name, location }: { name: string; location: string },
  grid: Grid
): HandlerFigures {
  const key = handlerKey({ name, location })
  let handler = handlers.get(key)
  if (handler === undefined) {
    handler = { name, location, durations: new Distribution(grid) }
    handlers.set(key, handler)
  }
  return handler
}

function handlerSince(handler: HandlerFigures, before: HandlerFigures | undefined): HandlerFigures {
  const later = { ...handler, durations: handler.durations.since(before?.durations) }
  if (later.busyNs !== undefined) later.busyNs -= before?.busyNs ?? 0
  return later
}
