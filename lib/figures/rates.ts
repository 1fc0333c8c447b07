import { type Figures, mergedHandlers, type RouteFigures } from './figures'

/** A route in a stretch of time. */
export interface Rates {
  route: string
  requestsPerSecond: number
  errorsPerSecond: number
  p50Ns: number
  p90Ns: number
  p99Ns: number
  maxNs: number
  totalNs: number
  /** The handler in which most of its time went, and what part of it that was. */
  slowest?: { name: string; location?: string; share: number }
  /** The method, as in the route's figures. */
  method?: string
  path?: string
}

/** Gives the rates of the routes that had requests in this time. */
export function ratesOf(figures: Figures, seconds: number): Rates[] {
  return [...figures.routes]
    .filter(([, { requests }]) => requests.count > 0)
    .map(([route, figures]) => routeRates(route, figures, seconds))
}

/** Gives the rates of one route in so many seconds. */
export function routeRates(
  route: string,
  { requests, errors, handlers, method, path }: RouteFigures,
  seconds: number
): Rates {
  const [slowest] = mergedHandlers(handlers.values()).sort((a, b) => b.durations.sumNs - a.durations.sumNs)
  return {
    route,
    requestsPerSecond: requests.count / seconds,
    errorsPerSecond: errors / seconds,
    p50Ns: requests.quantile(0.5),
    p90Ns: requests.quantile(0.9),
    p99Ns: requests.quantile(0.99),
    maxNs: requests.maxNs,
    totalNs: requests.sumNs,
    ...(slowest === undefined
      ? {}
      : {
          slowest: {
            name: slowest.name,
            ...(slowest.location === '' ? {} : { location: slowest.location }),
            share: shareOf(slowest.durations.sumNs, requests.sumNs)
          }
        }),
    ...(method === undefined ? {} : { method }),
    ...(path === undefined ? {} : { path })
  }
}

/** Handlers may be done in another second than their requests, so that one can seem to take more than all. */
function shareOf(partNs: number, allNs: number): number {
  return allNs > 0 ? Math.min(1, partNs / allNs) : 0
}

/** The figures that the table can be sorted by, each with its key, in the order of the table's columns. */
export const SORTS = {
  requests: { key: 'r', of: (rates: Rates) => rates.requestsPerSecond },
  errors: { key: 'e', of: (rates: Rates) => rates.errorsPerSecond },
  time: { key: 't', of: (rates: Rates) => rates.totalNs },
  p50: { key: '5', of: (rates: Rates) => rates.p50Ns },
  p90: { key: '9', of: (rates: Rates) => rates.p90Ns },
  p99: { key: '0', of: (rates: Rates) => rates.p99Ns },
  max: { key: 'm', of: (rates: Rates) => rates.maxNs },
  share: { key: 's', of: (rates: Rates) => rates.slowest?.share ?? 0 }
} as const

export type Sort = keyof typeof SORTS

export function sorted<Row extends Rates>(all: readonly Row[], sort: Sort): Row[] {
  const { of } = SORTS[sort]
  return [...all].sort((a, b) => of(b) - of(a) || (a.route < b.route ? -1 : 1))
}
