import type { LoopHistory } from '../../figures/event-loop'
import type { FinishedRequest } from '../../figures/request'
import { type Cause, causeAt, causeOutside, LEAST_PART, type Scene, SLOW_WITHOUT_REASON } from './cause'
import { account } from './loop'
import { anatomyOf, type Place } from './place'
import { type RouteTime, routeTimes } from './routes'
import { sum } from './statistics'
import { headerTexts } from './traits'
import { Ends } from './turns'

/** All that was seen. Times are in milliseconds since 1970. */
export interface Watched {
  requests: readonly FinishedRequest[]
  loops: readonly LoopHistory[]
  fromMs: number
  toMs: number
}

/** Slow runs of a handler, too few to say why. */
export interface Few {
  place: Place
  count: number
  slowMs: number
  /** Whether so few of so many are nothing to care for. */
  isRare: boolean
}

/** The handler that holds the event loop for the longest time, all its runs together. */
export interface Busiest {
  place: Place
  /** That time, in milliseconds. */
  holdMs: number
}

export interface Diagnosis {
  requests: number
  watchedMs: number
  /**
   * Routes by the time that their requests took in all, most first, and the slowest by their 99th
   * percentile.
   */
  routes: RouteTime[]
  slowest: RouteTime | undefined
  /** The causes, the worst first; none where nothing is wrong. */
  causes: Cause[]
  /** Requests that were slow, too few to say why. */
  few: Few | undefined
  /** Undefined where no handler is known to have held the loop. */
  busiest: Busiest | undefined
  /** The time for which an event loop was late as its process did not have the CPU, in milliseconds. */
  starvedMs: number
  loops: readonly LoopHistory[]
}

/**
 * The part of the watched time for which a process must have been late without the CPU for that to be
 * the answer.
 */
const LEAST_STARVED = 0.25

/** The answer in a word: `no cpu` where no handler is to blame, but that the process does not get the CPU. */
export type Verdict = 'slow' | 'fine' | 'too few' | 'no cpu' | 'no requests'

export function verdictOf({ requests, causes, few, starvedMs, watchedMs }: Diagnosis): Verdict {
  if (requests === 0) return 'no requests'
  if (causes.length > 0) return 'slow'
  if (starvedMs >= watchedMs * LEAST_STARVED) return 'no cpu'
  return few === undefined || few.isRare ? 'fine' : 'too few'
}

/** Tells why requests are slow, if they are. */
export function diagnose(
  watched: Watched,
  isMeant: (request: FinishedRequest) => boolean = () => true
): Diagnosis {
  const watchedMs = Math.max(1, watched.toMs - watched.fromMs)
  const requests = watched.requests.filter((request) => !isStream(request))
  const anatomy = anatomyOf(requests)
  const { harm, unexplained, starvedMs } = account(anatomy, watched.loops, watched.fromMs, watched.toMs)
  const routes = routeTimes(requests)
  const scene: Scene = {
    requests,
    places: anatomy.places,
    ends: new Ends(),
    harm,
    routes,
    watchedMs,
    isMeant
  }
  const causes = anatomy.places
    .flatMap((place) => causeAt(place, scene) ?? [])
    .concat(causeOutside(unexplained, scene) ?? [])
    .sort((a, b) => b.weightMs - a.weightMs)
  const meant = routeTimes(requests.filter(isMeant))
  return {
    requests: watched.requests.filter(isMeant).length,
    watchedMs,
    routes: meant,
    slowest: [...meant].sort((a, b) => b.p99Ms - a.p99Ms)[0],
    causes: withoutEchoes(causes),
    few: causes.length > 0 ? undefined : fewSlow(anatomy.places, isMeant),
    busiest: busiestOf(anatomy.places),
    starvedMs,
    loops: watched.loops
  }
}

/** Server-sent events are meant to last. */
function isStream({ responseHeaders }: FinishedRequest): boolean {
  return (
    responseHeaders?.includes('text/event-stream') === true &&
    headerTexts(responseHeaders).some(
      ([name, value]) => name === 'content-type' && value.startsWith('text/event-stream')
    )
  )
}

/** What only waits for another cause, or waits where that one waits, is none of its own. */
function withoutEchoes(causes: readonly Cause[]): Cause[] {
  const byPlace = new Map(causes.map((cause) => [cause.place, cause]))
  const blamedFor = ({ waitsFor }: Cause) => waitsFor && byPlace.get(waitsFor.place)
  // Causes that end with each other wait for something else together, of which nothing is known.
  for (const cause of causes.filter((each) => isInCircle(each, blamedFor))) cause.waitsFor = undefined
  const kept = causes.filter((cause) => blamedFor(cause) === undefined)
  for (const cause of causes) {
    let last = cause
    for (let next = blamedFor(cause); next !== undefined; next = blamedFor(next)) last = next
    if (last === cause || cause.place === undefined || cause.waitsFor === undefined) continue
    last.waiters.push({ place: cause.place, count: cause.waitsFor.count })
    last.weightMs += cause.weightMs
  }
  return kept.sort((a, b) => b.weightMs - a.weightMs)
}

/** Whether what it waits for, and what that waits for, and so on, leads back to it. */
function isInCircle(cause: Cause, blamedFor: (cause: Cause) => Cause | undefined): boolean {
  const seen = new Set<Cause>()
  for (let next = blamedFor(cause); next !== undefined && !seen.has(next); next = blamedFor(next)) {
    if (next === cause) return true
    seen.add(next)
  }
  return false
}

function busiestOf(places: readonly Place[]): Busiest | undefined {
  let busiest: Busiest | undefined
  for (const place of places) {
    const holdMs = sum(place.runs.map((run) => run.holdMs))
    if (holdMs > (busiest?.holdMs ?? 0)) busiest = { place, holdMs }
  }
  return busiest
}

/** Finds single slow runs among others that are quick. */
function fewSlow(places: readonly Place[], isMeant: (request: FinishedRequest) => boolean): Few | undefined {
  let worst: Few | undefined
  for (const place of places) {
    const slow = place.runs.filter(
      ({ costMs, starvedMs, request }) => costMs - starvedMs >= SLOW_WITHOUT_REASON && isMeant(request)
    )
    const slowMs = Math.max(0, ...slow.map(({ costMs }) => costMs))
    if (slowMs > (worst?.slowMs ?? 0))
      worst = { place, count: slow.length, slowMs, isRare: slow.length <= place.runs.length * LEAST_PART * 2 }
  }
  return worst
}
