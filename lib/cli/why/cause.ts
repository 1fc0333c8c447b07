import type { FinishedRequest } from '../../figures/request'
import { type Common, commonTrait } from './common'
import type { Account } from './loop'
import type { Place, Run } from './place'
import { type RouteTime, routeTimes } from './routes'
import { type Contrast, split } from './split'
import { median, sum } from './statistics'
import { type Ends, type Turns, turns, type WaitsFor, waitsFor } from './turns'

/** The ways in which a cause makes requests slow. */
export type CauseKind =
  /** The handler holds the event loop. */
  | 'blocks'
  /** The handler holds the event loop, for garbage collection above all. */
  | 'collects'
  /** The handler waits for something. */
  | 'waits'

export interface Worker {
  pid: number
  slow: number
  all: number
}

/** A handler, or something else, that makes requests slow. Durations are in milliseconds. */
export interface Cause {
  kind: CauseKind
  /** The handler's place; undefined for what no handler is known to have done, such as a timer's work. */
  place: Place | undefined
  /** The route of most of its slow requests. */
  route: RouteTime | undefined
  /** The number of routes that have slow requests for it. */
  slowRoutes: number
  /** The numbers of its runs, and of those that were slow. */
  runs: number
  slow: number
  /**
   * The time that a slow run takes of its own, and the time that another takes; undefined if all are slow.
   */
  slowMs: number
  quickMs: number | undefined
  /** The time for which a slow run waited since others held the event loop, which is none of its own, at the median. */
  heldMs: number
  /**
   * The part of the slow runs' time for which they held the loop, and of that the part in which
   * garbage was collected.
   */
  holdPart: number
  gcPart: number
  /** Whether it is known for how long handlers hold the loop. */
  busyKnown: boolean
  /** Whether it holds the loop after it had let go of it, as after an `await`. */
  later: boolean
  /** The number of requests other than its own that waited for it, and the time that they waited in all. */
  heldUp: number
  heldUpMs: number
  common: Common | undefined
  workers: Worker[]
  turns: Turns | undefined
  waitsFor: WaitsFor | undefined
  /** The handlers whose slow runs wait for this one's, and the number of those runs. */
  waiters: WaitsFor[]
  example: { slow: FinishedRequest; quick: FinishedRequest | undefined } | undefined
  /**
   * Whether the process hardly used the CPU while it held the loop: it had none, or waited without
   * letting go.
   */
  idle: boolean
  /** The time that it costs, in milliseconds: of its own slow requests, and of others'. */
  weightMs: number
}

/** Slow runs that hold the loop: a loop that is held so long makes every request late. */
const BLOCKING: Contrast = { least: 30, times: 3, count: 3 }
/** Slow runs that wait, while others of the same handler do not. */
const WAITING: Contrast = { least: 50, times: 4, count: 3 }
/**
 * A duration, in milliseconds, that is slow even if nothing tells such runs from quick ones, and even if all
 * runs take as long.
 */
export const SLOW_WITHOUT_REASON = 100
/**
 * The least time, in milliseconds, and the least multiple of the median of other requests, that is slow where
 * everything else is quick.
 */
const SLOW_AMONG_QUICK = { least: 70, times: 10 }
/**
 * The time that middleware before all routes must take to be slow, in milliseconds; it must also be most of
 * their time.
 */
const SLOW_MIDDLEWARE = 30
/** The part of the watched time that slow runs must take together. */
const LEAST_WEIGHT = 0.03
/** The part of the watched time for which no handler must hold the loop for that to be a cause. */
const LEAST_OUTSIDE = 0.05
/** Work that is no handler's is blamed for delays of at most this multiple of the time that it took. */
const MOST_HARM = 3
/** The part of runs that must be slow, where nothing tells which. */
export const LEAST_PART = 0.01
/** The part of a hold that garbage collection must take to be named for it. */
const COLLECTS = 0.3

/** All that tells whether something is a cause. */
export interface Scene {
  requests: readonly FinishedRequest[]
  places: readonly Place[]
  ends: Ends
  harm: Account['harm']
  routes: readonly RouteTime[]
  watchedMs: number
  isMeant(request: FinishedRequest): boolean
}

/** Tells whether a handler's place makes requests slow, and why. */
export function causeAt(place: Place, scene: Scene): Cause | undefined {
  const slow = slowRunsOf(place, scene)
  if (slow === undefined) return undefined
  const { harm, isMeant, watchedMs, routes } = scene
  const caused = harm.get(place)
  if (
    !slow.some(({ request }) => isMeant(request)) &&
    ![...(caused?.requests ?? [])].some((one) => isMeant(one as FinishedRequest))
  )
    return undefined
  const isSlow = new Set(slow)
  const quick = place.runs.filter((run) => !isSlow.has(run))
  const costMs = sum(slow.map(({ costMs }) => costMs))
  const holdMs = sum(slow.map(({ holdMs }) => holdMs))
  const gcMs = sum(slow.map(({ gcMs }) => gcMs))
  const holdPart = costMs > 0 ? Math.min(1, holdMs / costMs) : 0
  const gcPart = holdMs > 0 ? Math.min(1, gcMs / holdMs) : 0
  const weightMs = costMs + (caused?.ms ?? 0)
  if (weightMs < watchedMs * LEAST_WEIGHT) return undefined
  const kind = holdPart < 0.5 ? 'waits' : gcPart >= COLLECTS ? 'collects' : 'blocks'
  const slowMs = median(slow.map(({ costMs }) => costMs))
  const common =
    quick.length > 0
      ? commonTrait(
          slow.map(({ request }) => request),
          quick.map(({ request }) => request)
        )
      : undefined
  const cause: Cause = {
    kind,
    place,
    ...mainRoute(slow, routes),
    runs: place.runs.length,
    slow: slow.length,
    slowMs,
    quickMs: quick.length > 0 ? median(quick.map(({ costMs }) => costMs)) : undefined,
    heldMs: median(slow.map(({ heldMs }) => heldMs)),
    holdPart,
    gcPart,
    busyKnown: place.busyKnown,
    later: sum(slow.map(({ laterMs }) => laterMs)) > holdMs / 2,
    heldUp: caused?.requests.size ?? 0,
    heldUpMs: caused?.ms ?? 0,
    common,
    workers: workersOf(slow, place.runs),
    turns: kind === 'waits' && !isExplained(common) ? turns(place, isSlow) : undefined,
    waitsFor: kind === 'waits' ? waitsFor(place, slow, scene) : undefined,
    waiters: [],
    idle: kind === 'blocks' && sum(slow.map(({ starvedMs }) => starvedMs)) > holdMs / 2,
    example: exampleOf(slow, quick),
    weightMs
  }
  return isWorthTelling(cause) ? cause : undefined
}

/** Whether nearly all that have it are slow, so that it needs no other reason. */
function isExplained(common: Common | undefined): boolean {
  return common !== undefined && common.counts.quickWith * 10 < common.counts.slowWith
}

/** The runs that are slow of their own, if any are. */
function slowRunsOf(place: Place, scene: Scene): Run[] | undefined {
  const { runs } = place
  // A router that a handler calls is none; what it calls is told of by itself.
  const costs = runs.map(({ costMs }) => costMs)
  const holds = runs.map(({ holdMs }) => holdMs)
  const blocking = split(holds, BLOCKING)
  if (blocking !== undefined) return runs.filter(({ holdMs }) => holdMs >= blocking.fromMs)
  const all = median(costs)
  const waiting = split(costs, WAITING)
  if (waiting !== undefined) return runs.filter(({ costMs }) => costMs >= waiting.fromMs)
  if (runs.length < WAITING.count) return undefined
  if (median(holds) >= BLOCKING.least || all >= SLOW_WITHOUT_REASON) return runs
  if (all >= SLOW_AMONG_QUICK.least && all >= SLOW_AMONG_QUICK.times * othersMedian(place, scene)) return runs
  return isSlowMiddleware(place, all) ? runs : undefined
}

/** The median duration of the requests that did not run it, in milliseconds. */
function othersMedian(place: Place, { requests }: Scene): number {
  const its = new Set(place.runs.map(({ request }) => request))
  const others = requests.filter((request) => !its.has(request))
  return others.length === 0
    ? Number.POSITIVE_INFINITY
    : median(others.map(({ durationNs }) => durationNs / 1e6))
}

/** Whether it delays requests of several routes, and takes most of their time. */
function isSlowMiddleware({ runs }: Place, medianMs: number): boolean {
  if (medianMs < SLOW_MIDDLEWARE) return false
  const routes = new Set(runs.map(({ request: { method, route } }) => `${method} ${route}`))
  if (routes.size < 2) return false
  const own = sum(runs.map(({ selfMs }) => selfMs))
  return own >= sum(runs.map(({ request }) => request.durationNs / 1e6)) / 2
}

/** A few slow runs of which nothing is known may be anybody's fault. */
function isWorthTelling({
  kind,
  common,
  slow,
  runs,
  slowMs,
  quickMs,
  turns,
  waitsFor,
  idle
}: Cause): boolean {
  // Any handler is late in a process that has no CPU for a while.
  if (idle && common === undefined && slow < runs / 2) return false
  if (kind !== 'waits' || quickMs === undefined) return true
  if (common !== undefined || turns !== undefined || waitsFor !== undefined) return true
  return slowMs >= SLOW_WITHOUT_REASON && slow >= Math.max(WAITING.count, runs * LEAST_PART)
}

/** The loop was held, and no handler is known to have done it. */
export function causeOutside(
  unexplained: Account['unexplained'],
  { harm, watchedMs, isMeant }: Scene
): Cause | undefined {
  // A process that shares the CPU with others is late for longer than it computes.
  const long = unexplained.filter(({ fromMs, toMs, cpuMs = toMs - fromMs }) => cpuMs >= BLOCKING.least)
  const caused = harm.get(undefined)
  const holdMs = sum(long.map(({ fromMs, toMs }) => toMs - fromMs))
  const weightMs = holdMs + Math.min(caused?.ms ?? 0, MOST_HARM * holdMs)
  if (long.length < BLOCKING.count || holdMs < watchedMs * LEAST_OUTSIDE) return undefined
  const held = [...(caused?.requests ?? [])].filter((one) => isMeant(one as FinishedRequest))
  const gcPart = Math.min(1, sum(long.map(({ gcMs }) => gcMs)) / holdMs)
  return {
    kind: gcPart >= COLLECTS ? 'collects' : 'blocks',
    place: undefined,
    route: undefined,
    slowRoutes: 0,
    runs: long.length,
    slow: long.length,
    slowMs: median(long.map(({ fromMs, toMs }) => toMs - fromMs)),
    quickMs: undefined,
    heldMs: 0,
    holdPart: 1,
    gcPart,
    busyKnown: true,
    later: false,
    heldUp: held.length,
    heldUpMs: caused?.ms ?? 0,
    common: undefined,
    workers: [],
    turns: undefined,
    waitsFor: undefined,
    waiters: [],
    idle: false,
    example: undefined,
    weightMs
  }
}

function mainRoute(slow: readonly Run[], routes: readonly RouteTime[]): Pick<Cause, 'route' | 'slowRoutes'> {
  const counts = routeTimes(slow.map(({ request }) => request)).sort((a, b) => b.count - a.count)
  return { route: routes.find(({ title }) => title === counts[0]?.title), slowRoutes: counts.length }
}

function workersOf(slow: readonly Run[], runs: readonly Run[]): Worker[] {
  const workers = new Map<number, Worker>()
  for (const { request } of runs) {
    const worker = workers.get(request.pid) ?? { pid: request.pid, slow: 0, all: 0 }
    workers.set(request.pid, worker)
    worker.all++
  }
  for (const { request } of slow) (workers.get(request.pid) as Worker).slow++
  return [...workers.values()].sort((a, b) => b.slow - a.slow)
}

/** A request of typical length of either side, of the same route if there is any. */
function exampleOf(slow: readonly Run[], quick: readonly Run[]): Cause['example'] {
  const one = middle(slow)
  if (one === undefined) return undefined
  const route = ({ request }: Run) => `${request.method} ${request.route}`
  const same = quick.filter((run) => route(run) === route(one))
  const other = middle(same.length > 0 ? same : quick)
  return { slow: withLater(one), quick: other === undefined ? undefined : withLater(other) }
}

/** The request, whose handler is told to have held the loop later, too. */
function withLater({ request, handler, laterHolds }: Run): FinishedRequest {
  const heldLater = laterHolds.map(
    ({ fromMs, toMs }) => [(fromMs - request.startMs) * 1e6, (toMs - fromMs) * 1e6] as const
  )
  return {
    ...request,
    handlers: request.handlers.map((each) => (each === handler ? { ...each, heldLater } : each))
  }
}

function middle(runs: readonly Run[]): Run | undefined {
  return [...runs].sort((a, b) => a.request.durationNs - b.request.durationNs)[Math.floor(runs.length / 2)]
}
