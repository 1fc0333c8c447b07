import { Distribution } from './distribution'
import {
  addBusy,
  describeRoute,
  Figures,
  type HandlerFigures,
  handlerKey,
  type RouteFigures
} from './figures'
import type { Grid } from './grid'
import { type Rates, routeRates } from './rates'

/** The time for which what was measured is kept, in seconds. */
export const KEPT_SECONDS = 60

/** The time over which requests and errors a second are counted, in seconds. */
export const RATE_SECONDS = 10

/** The number of requests whose 99th percentile is another than the slowest of them. */
export const ENOUGH_REQUESTS = 100

/**
 * A route in the last minute. Its quantiles and its slowest handler are those of the latest requests: of as many seconds
 * as had {@link ENOUGH_REQUESTS} of them, and of a minute at most.
 */
export interface RouteRates extends Rates {
  /** The route's part of the time that all routes took, from 0 to 1. */
  timeShare: number
  /** The number of seconds that its quantiles are of. */
  overSeconds: number
  /** The number of requests that its quantiles are of. */
  overRequests: number
  /** The numbers of requests in each second, the latest last. */
  perSecond: readonly number[]
}

/** A route in the last minute, with all that is known of it. */
export interface RouteMinute {
  rates: RouteRates
  /** The figures of the same requests as the quantiles. */
  figures: RouteFigures
  /** The 99th percentile in each second, in nanoseconds; 0 for one without a request. */
  p99PerSecond: readonly number[]
}

/** The figures of about a second. */
interface Second {
  figures: Figures
  seconds: number
}

/** The last minute of figures that come once a second. */
export class History {
  #seconds: readonly Second[] = []

  constructor(readonly grid: Grid) {}

  /** @param seconds - in which the figures came; more than one where a process could tell nothing for a while */
  add(figures: Figures, seconds: number): void {
    const kept: Second[] = [{ figures: withRequests(figures), seconds }]
    let length = seconds
    for (const second of this.#seconds) {
      length += second.seconds
      // A second has a few milliseconds more, or less.
      if (length > KEPT_SECONDS + 0.5) break
      kept.push(second)
    }
    this.#seconds = kept
  }

  /** The minute as it is at this moment: what is added later does not change it. */
  get minute(): Minute {
    return new Minute(this.#seconds, this.grid)
  }
}

/** The last minute at one moment. */
export class Minute {
  /** The seconds, the latest first. */
  readonly #seconds: readonly Second[]
  readonly #grid: Grid
  #routes: RouteRates[] | undefined

  constructor(seconds: readonly Second[], grid: Grid) {
    this.#seconds = seconds
    this.#grid = grid
  }

  /** The routes that had a request. */
  get routes(): readonly RouteRates[] {
    this.#routes ??= this.#allRoutes()
    return this.#routes
  }

  /** A route in the last minute; undefined if it had no request. */
  route(name: string): RouteMinute | undefined {
    const rates = this.routes.find(({ route }) => route === name)
    if (rates === undefined) return undefined
    const inSecond = ({ figures }: Second) => figures.routes.get(name)?.requests.quantile(0.99) ?? 0
    return {
      rates,
      figures: this.#latest(name, addHandlers).figures,
      p99PerSecond: this.#seconds.map(inSecond).reverse()
    }
  }

  #allRoutes(): RouteRates[] {
    const names = new Set(this.#seconds.flatMap(({ figures }) => [...figures.routes.keys()]))
    const all = [...names].map((name) => this.#ratesOf(name)).filter(({ overRequests }) => overRequests > 0)
    const totalNs = all.reduce((sum, { totalNs }) => sum + totalNs, 0)
    return all.map((rates) => ({ ...rates, timeShare: totalNs > 0 ? rates.totalNs / totalNs : 0 }))
  }

  #ratesOf(name: string): RouteRates {
    const { figures, seconds } = this.#latest(name, addHandlerTimes)
    let counted = 0
    let requests = 0
    let errors = 0
    let totalNs = 0
    for (const second of this.#seconds) {
      if (counted + second.seconds > RATE_SECONDS + 0.5 && counted > 0) break
      counted += second.seconds
      const route = second.figures.routes.get(name)
      requests += route?.requests.count ?? 0
      errors += route?.errors ?? 0
      totalNs += route?.requests.sumNs ?? 0
    }
    return {
      ...routeRates(name, figures, seconds),
      requestsPerSecond: requests / counted,
      errorsPerSecond: errors / counted,
      totalNs,
      timeShare: 0,
      overSeconds: seconds,
      overRequests: figures.requests.count,
      perSecond: this.#seconds
        .map((second) => (second.figures.routes.get(name)?.requests.count ?? 0) / second.seconds)
        .reverse()
    }
  }

  /**
   * Gives the figures of a route's latest requests: enough of them, or those of the whole minute.
   *
   * @param add - adds what is wanted of its handlers
   */
  #latest(name: string, add: AddHandlers): { figures: RouteFigures; seconds: number } {
    const figures = new Figures(this.#grid).route(name)
    let seconds = 0
    for (const second of this.#seconds) {
      const route = second.figures.routes.get(name)
      if (route !== undefined) {
        describeRoute(figures, route.method, route.path)
        figures.requests.merge(route.requests)
        figures.errors += route.errors
        for (const [key, handler] of route.handlers) {
          let sum = figures.handlers.get(key)
          if (sum === undefined) {
            sum = { name: handler.name, location: handler.location, durations: new Distribution(this.#grid) }
            figures.handlers.set(key, sum)
          }
          add(sum, handler)
        }
      }
      seconds += second.seconds
      if (figures.requests.count >= ENOUGH_REQUESTS) break
    }
    return { figures, seconds }
  }
}

type AddHandlers = (sum: HandlerFigures, handler: HandlerFigures) => void

function addHandlers(sum: HandlerFigures, { durations, busyNs }: HandlerFigures): void {
  sum.durations.merge(durations)
  addBusy(sum, busyNs)
}

/** A row of the table tells of the slowest handler only how much time went there; distributions take long to add up. */
function addHandlerTimes(sum: HandlerFigures, { durations }: HandlerFigures): void {
  sum.durations.sumNs += durations.sumNs
}

/** Leaves out the routes to which no request came. */
function withRequests(figures: Figures): Figures {
  const kept = new Figures(figures.grid)
  for (const [name, route] of figures.routes) {
    const handlers = [...route.handlers.values()].filter(({ durations }) => durations.count > 0)
    if (route.requests.count === 0 && handlers.length === 0) continue
    kept.routes.set(name, { ...route, handlers: new Map(handlers.map((each) => [handlerKey(each), each])) })
  }
  return kept
}
