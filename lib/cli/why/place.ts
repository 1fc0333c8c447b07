import type { FinishedHandler, FinishedRequest } from '../../figures/request'
import { grouped } from '../grouped'

/**
 * One run of a handler, which tells what of its time was its own. Times are in milliseconds, since 1970 where
 * they are points in time.
 */
export class Run {
  /** The time for which it held the event loop, without the handlers that ran within it, and from when. */
  busyMs = 0
  /** Its own time, without the handlers that ran within it. */
  selfMs: number
  /** The part of its waiting in which others held the event loop. */
  heldMs = 0
  /** The part of its hold on the loop in which garbage was collected. */
  gcMs = 0
  /** The time for which it held the loop after it had returned once, and when it did so. */
  laterMs = 0
  readonly laterHolds: Hold[] = []
  /** The part of its hold on the loop in which the process did not have the CPU. */
  starvedMs = 0
  hasInner = false

  constructor(
    readonly request: FinishedRequest,
    readonly handler: FinishedHandler,
    public place: Place,
    readonly startMs: number,
    readonly endMs: number
  ) {
    this.selfMs = endMs - startMs
  }

  /** The time at which it first let go of the event loop. */
  get returnedMs(): number {
    return this.startMs + Math.min(this.endMs - this.startMs, (this.handler.busyNs ?? 0) / 1e6)
  }

  /** Its own time: what it would have taken without others on the event loop. */
  get costMs(): number {
    return Math.max(this.holdMs, this.selfMs - this.heldMs)
  }

  /** The time for which it held the event loop, whenever that was. */
  get holdMs(): number {
    return this.busyMs + this.laterMs
  }
}

/** A handler by the place at which it was written, whichever routes it is part of. */
export class Place {
  runs: Run[] = []
  /** Whether the process tells for how long its runs are busy. */
  busyKnown = true

  constructor(
    readonly name: string,
    readonly location: string
  ) {}
}

/** A span of time in which one thing held an event loop. */
export interface Hold {
  fromMs: number
  toMs: number
  /** The run that held it; undefined while nobody knows which one it was. */
  run: Run | undefined
  /** Whether the process did not have the CPU for most of it: nobody in it is to blame. */
  starved?: boolean
  /** The CPU time of the process in it, where that is known. */
  cpuMs?: number
}

/** The runs of requests, by place, and the times for which they held their event loops. */
export interface Anatomy {
  places: Place[]
  /** The holds, by {@link loopKey}. */
  holds: Map<string, Hold[]>
}

/** The most handlers of one request that are looked at. */
const MAX_HANDLERS = 300

/** A hold that is shorter, in milliseconds, holds nobody up. */
const SHORTEST_HOLD = 0.2

export function loopKey({ pid, thread = 0 }: { pid: number; thread?: number }): string {
  return `${pid}/${thread}`
}

export function byLoop(runs: readonly Run[]): Map<string, Run[]> {
  return grouped(runs, ({ request }) => loopKey(request))
}

export function anatomyOf(requests: readonly FinishedRequest[]): Anatomy {
  const places = new Map<string, Place>()
  const holds = new Map<string, Hold[]>()
  for (const request of requests) {
    const key = loopKey(request)
    let held = holds.get(key)
    if (held === undefined) {
      held = []
      holds.set(key, held)
    }
    dissect(request, places, held)
  }
  for (const held of holds.values()) held.sort((a, b) => a.fromMs - b.fromMs)
  return { places: located([...places.values()]), holds }
}

/** A handler's time without that of handlers which run within it, as those of a router that a handler calls. */
function dissect(request: FinishedRequest, places: Map<string, Place>, holds: Hold[]): void {
  const open: Run[] = []
  const runs: Run[] = []
  const inner = new Map<Run, Run[]>()
  for (const handler of request.handlers.slice(0, MAX_HANDLERS)) {
    const place = placeOf(places, request.route, handler)
    const startMs = request.startMs + handler.startNs / 1e6
    const run = new Run(request, handler, place, startMs, startMs + handler.durationNs / 1e6)
    place.runs.push(run)
    runs.push(run)
    if (handler.busyNs === undefined) place.busyKnown = false
    while (open.length > 0 && (open.at(-1) as Run).endMs <= startMs) open.pop()
    const outer = open.at(-1)
    if (outer !== undefined) {
      outer.hasInner = true
      outer.selfMs -= Math.max(0, Math.min(outer.endMs, run.endMs) - startMs)
      inner.set(outer, [...(inner.get(outer) ?? []), run])
    }
    open.push(run)
  }
  for (const run of runs) {
    let from = run.startMs
    for (const other of inner.get(run) ?? []) {
      if (other.startMs >= run.returnedMs) break
      hold(run, from, other.startMs, holds)
      from = Math.max(from, other.returnedMs)
    }
    hold(run, from, run.returnedMs, holds)
    run.selfMs = Math.max(run.selfMs, run.busyMs)
  }
}

function hold(run: Run, fromMs: number, toMs: number, holds: Hold[]): void {
  if (toMs <= fromMs) return
  run.busyMs += toMs - fromMs
  if (toMs - fromMs >= SHORTEST_HOLD) holds.push({ fromMs, toMs, run })
}

/** Functions without a name are called by their position in each request: their place tells which they are. */
function placeOf(places: Map<string, Place>, route: string, { name, location }: FinishedHandler): Place {
  const key = location === '' ? `${route}\0${name}` : `${location}\0${/^handler-\d+$/.test(name) ? '' : name}`
  let place = places.get(key)
  if (place === undefined) {
    place = new Place(name, location)
    places.set(key, place)
  }
  return place
}

/**
 * Puts runs without a location to those with one: where a function was written is found out while its
 * first runs are under way.
 */
function located(places: readonly Place[]): Place[] {
  const later = new Map<string, Set<Place>>()
  const keyOf = ({ request, handler }: Run) =>
    `${request.pid} ${request.method} ${request.route} ${handler.name}`
  for (const place of places) {
    if (place.location === '') continue
    for (const run of place.runs) {
      const same = later.get(keyOf(run))
      if (same === undefined) later.set(keyOf(run), new Set([place]))
      else same.add(place)
    }
  }
  for (const place of places) {
    if (place.location !== '') continue
    place.runs = place.runs.filter((run) => {
      const [same, another] = later.get(keyOf(run)) ?? []
      if (same === undefined || another !== undefined) return true
      run.place = same
      same.runs.push(run)
      return false
    })
  }
  return places.filter(({ runs }) => runs.length > 0)
}
