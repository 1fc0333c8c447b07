import { Distribution } from './distribution'
import type { Grid } from './grid'

/** What is known of a route: its requests, and its handlers' durations by their names. */
export interface RouteFigures {
  requests: Distribution
  errors: number
  handlers: Map<string, Distribution>
}

/** The figures of every route, by name, of all processes that are traced. */
export class Figures {
  readonly routes = new Map<string, RouteFigures>()

  constructor(readonly grid: Grid) {}

  route(name: string): RouteFigures {
    let route = this.routes.get(name)
    if (route === undefined) {
      route = { requests: new Distribution(this.grid), errors: 0, handlers: new Map() }
      this.routes.set(name, route)
    }
    return route
  }

  handler(routeName: string, name: string): Distribution {
    const { handlers } = this.route(routeName)
    let handler = handlers.get(name)
    if (handler === undefined) {
      handler = new Distribution(this.grid)
      handlers.set(name, handler)
    }
    return handler
  }

  requests(): number {
    let count = 0
    for (const { requests } of this.routes.values()) count += requests.count
    return count
  }

  /** Every handler's durations in all routes, or in one. */
  handlers(routeName?: string): Map<string, Distribution> {
    const merged = new Map<string, Distribution>()
    for (const [name, { handlers }] of this.routes) {
      if (routeName !== undefined && name !== routeName) continue
      for (const [handlerName, distribution] of handlers) {
        const all = merged.get(handlerName) ?? new Distribution(this.grid)
        all.merge(distribution)
        merged.set(handlerName, all)
      }
    }
    return merged
  }

  forgetExtremes(): void {
    for (const { requests, handlers } of this.routes.values()) {
      for (const distribution of [requests, ...handlers.values()]) {
        distribution.minNs = Number.POSITIVE_INFINITY
        distribution.maxNs = 0
      }
    }
  }

  /** What came after an earlier state. */
  since(earlier: Figures): Figures {
    const later = new Figures(this.grid)
    for (const [name, { requests, errors, handlers }] of this.routes) {
      const before = earlier.routes.get(name)
      later.routes.set(name, {
        requests: requests.since(before?.requests),
        errors: errors - (before?.errors ?? 0),
        handlers: new Map([...handlers].map(([key, value]) => [key, value.since(before?.handlers.get(key))]))
      })
    }
    return later
  }
}

/** The server's failures, and clients that did not wait for the answer (contract rule 9). */
export function isError(status: number): boolean {
  return status >= 500 || status === 444
}
