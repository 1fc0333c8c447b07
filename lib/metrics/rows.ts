import type { Distribution } from '../figures/distribution'
import { BUCKETS, ZERO } from '../figures/grid'
import { HANDLER_BUSY, HANDLER_DURATION, OVERFLOW, REQUEST_DURATION } from './families'
import type { Durations, Snapshot } from './snapshot'

/** The requests of one route that ended with one status. */
export interface RequestRow {
  readonly method: string
  /** The route's path as written in the app; empty where no route is known. */
  readonly route: string
  /** The status code; zero where it is not known, or where there was no room for more. */
  readonly status: number
  readonly durations: Durations
}

/** The runs of one handler among the requests of one route. */
export interface HandlerRuns {
  readonly method: string
  readonly route: string
  /** The function's name, or `handler-N`. */
  readonly name: string
  /** `file:line`; empty where it is not known. */
  readonly location: string
  readonly durations: Durations
  /** The time for which they held the event loop, in seconds; undefined where it is not known. */
  readonly busy?: number
}

/** A function without a name is called by its position among a request's handlers: `handler-3`. */
const NAMELESS = /^handler-\d+$/

/** @param extra - the values of the snapshot's own labels */
export function addRequests(
  snapshot: Snapshot,
  { method, route, status, durations }: RequestRow,
  extra: readonly string[] = []
): void {
  const labels = [method, route, status === 0 ? '' : String(status), ...extra]
  snapshot.histogram(REQUEST_DURATION, labels).add(durations)
}

/** @param extra - the values of the snapshot's own labels */
export function addHandlers(
  snapshot: Snapshot,
  { method, route, name, location, durations, busy }: HandlerRuns,
  extra: readonly string[] = []
): void {
  // The same function is at one position for one request, and at another for the next.
  const handler = location !== '' && NAMELESS.test(name) ? location : name
  const labels = [method, route, handler, location, ...extra]
  snapshot.histogram(HANDLER_DURATION, labels).add(durations)
  if (busy !== undefined) snapshot.summary(HANDLER_BUSY, labels).add(durations.count, busy)
}

export type Bound = 'routes' | 'status_codes' | 'handlers'

/** Says how many requests, or runs of handlers, have no series of their own. */
export function addOverflow(
  snapshot: Snapshot,
  bound: Bound,
  count: number,
  extra: readonly string[] = []
): void {
  snapshot.value(OVERFLOW, [bound, ...extra]).value += count
}

/** @param distribution - on the grid of seconds */
export function durationsOf(distribution: Distribution): Durations {
  const places = new Float64Array(BUCKETS)
  for (const [bucket, count] of distribution.buckets)
    (places[Math.min(bucket - ZERO, BUCKETS - 1)] as number) += count
  return { count: distribution.count, sum: distribution.sumNs / 1e9, places }
}
