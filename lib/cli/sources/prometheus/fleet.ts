/** All instances of an app, as a Prometheus tells of them. */
export interface Fleet {
  /** The time of the figures, by the clock of Prometheus. */
  time: Date
  /** The number of processes that have served requests of it. */
  instances: number
  histograms: Histograms
  routes: FleetRoute[]
}

/** The kind of histograms in which a Prometheus stores the durations. */
export type Histograms = 'classic' | 'native'

/** A route in a stretch of time, of all instances. */
export interface FleetRoute {
  method: string
  /** The path as written in the app; empty for requests that no route matched. */
  path: string
  requestsPerSecond: number
  errorsPerSecond: number
  p50Ns: number
  p90Ns: number
  p99Ns: number
  /** The route's part of the time that all requests of all routes took together, from 0 to 1. */
  timeShare: number
  handler?: FleetHandler
  slowestInstance?: SlowestInstance
  before?: Before
}

/** The handler in which most of a route's time goes. */
export interface FleetHandler {
  name: string
  /** `file:line`; empty where it is not known. */
  location: string
  /** Its part of the route's time, from 0 to 1. */
  share: number
  /**
   * The part of its own time in which it held the event loop, from 0 to 1; undefined where that is not
   * known.
   */
  busyShare?: number
}

/** The instance on which the route's requests take longest. */
export interface SlowestInstance {
  /** The values of its labels. */
  labels: Record<string, string>
  meanNs: number
  /** Half of the instances have a lower mean. */
  medianNs: number
}

/** The same stretch of time an hour before. */
export interface Before {
  requestsPerSecond: number
  p50Ns: number
  p90Ns: number
  p99Ns: number
}

/** The ratio of the 99th percentile to that of an hour before. */
export function changeOf({ p99Ns, before }: FleetRoute): number | undefined {
  return before === undefined || before.p99Ns === 0 ? undefined : p99Ns / before.p99Ns
}

/** The ratio of the slowest instance's mean to the typical one's. */
export function spreadOf({ slowestInstance }: FleetRoute): number | undefined {
  if (slowestInstance === undefined || slowestInstance.medianNs === 0) return undefined
  return slowestInstance.meanNs / slowestInstance.medianNs
}

/** The columns by which the table can be sorted, in their order, each with its key and its figure. */
export const FLEET_SORTS = {
  requests: { key: 'r', of: (route: FleetRoute) => route.requestsPerSecond },
  errors: { key: 'e', of: (route: FleetRoute) => route.errorsPerSecond },
  time: { key: 't', of: (route: FleetRoute) => route.timeShare },
  p50: { key: '5', of: (route: FleetRoute) => route.p50Ns },
  p90: { key: '9', of: (route: FleetRoute) => route.p90Ns },
  p99: { key: '0', of: (route: FleetRoute) => route.p99Ns },
  change: { key: 'c', of: (route: FleetRoute) => changeOf(route) ?? 0 },
  share: { key: 's', of: (route: FleetRoute) => route.handler?.share ?? 0 },
  spread: { key: 'i', of: (route: FleetRoute) => spreadOf(route) ?? 0 }
} as const

export type FleetSort = keyof typeof FLEET_SORTS

export function sortedFleet(routes: readonly FleetRoute[], sort: FleetSort): FleetRoute[] {
  const { of } = FLEET_SORTS[sort]
  return [...routes].sort((a, b) => of(b) - of(a) || (a.path + a.method < b.path + b.method ? -1 : 1))
}
