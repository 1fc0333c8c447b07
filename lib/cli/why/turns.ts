import { loopKey, type Place, type Run } from './place'
import { binomialTail, correlation, median } from './statistics'

/** The number of runs that it takes to say how they depend on each other. */
const ENOUGH = 8

/**
 * The number of runs that must begin with none before them, for it to be known how long one takes by itself.
 */
const ENOUGH_ALONE = 3

/** The least correlation between the number of runs under way and the time that a run takes. */
const LEAST_CORRELATION = 0.65

/** The least factor by which a run takes longer if it finds others under way. */
const LEAST_FACTOR = 2

/** The time in which a run goes on and ends after what it waited for, in milliseconds. */
const SOON = 8

/**
 * The part of its time that a run may take after what it waited for, for itself and for those that waited
 * before it.
 */
const REST = 0.15

/** The part of the slow runs that must end with another's. */
const LEAST_TOGETHER = 0.6

const CHANCE = 1e-4

/** Runs that wait for each other, as for a lock. */
export interface Turns {
  /** The most runs that were under way when one of the slow ones began. */
  most: number
  /**
   * The median of runs that began with none before them, in milliseconds; undefined where there were too few.
   */
  aloneMs?: number
}

/**
 * Whether runs wait for those of the same place that began before them: the more are under way, the longer one takes.
 *
 * @param slow - runs of this place that were slow
 */
export function turns(place: Place, slow: ReadonlySet<Run>): Turns | undefined {
  const loop = mostOf([...slow].map(({ request }) => loopKey(request)))
  const runs = place.runs.filter(({ hasInner, request }) => !hasInner && loopKey(request) === loop)
  const before = underWay(runs)
  const others = runs.map((run) => before.get(run) ?? 0)
  if (runs.length < ENOUGH || Math.max(...others.slice(0, 100_000)) < 2) return undefined
  // Whole durations count, as what held the loop held up the runs before as well.
  const durations = runs.map(durationOf)
  const alone = runs.filter((run) => before.get(run) === 0).map(durationOf)
  const busiest = runs.filter((run) => (before.get(run) ?? 0) >= 2 && slow.has(run))
  if (busiest.length < ENOUGH / 2) return undefined
  if (correlation(others, durations) < LEAST_CORRELATION) return undefined
  const aloneMs = alone.length >= ENOUGH_ALONE ? median(alone) : undefined
  if (aloneMs !== undefined && median(busiest.map(durationOf)) < LEAST_FACTOR * aloneMs) return undefined
  const most = Math.max(...busiest.map((run) => before.get(run) ?? 0))
  return { most, ...(aloneMs === undefined ? {} : { aloneMs }) }
}

function mostOf(keys: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0]
}

function durationOf({ startMs, endMs }: Run): number {
  return endMs - startMs
}

/** For each run, the number of runs on the same loop that had begun before it and had not ended. */
function underWay(runs: readonly Run[]): Map<Run, number> {
  const counts = new Map<Run, number>()
  const open = new Map<string, Run[]>()
  for (const run of [...runs].sort((a, b) => a.startMs - b.startMs)) {
    const key = loopKey(run.request)
    const left = (open.get(key) ?? []).filter(({ endMs }) => endMs > run.startMs)
    counts.set(run, left.length)
    left.push(run)
    open.set(key, left)
  }
  return counts
}

/** A handler for whose runs others wait, as one that holds a lock which they want. */
export interface WaitsFor {
  place: Place
  /**
   * The number of the slow runs that ended with one of its runs, which had begun before them or soon after.
   */
  count: number
}

/** The other handler with whose runs the slow ones end, where chance does not explain it. */
export function waitsFor(
  place: Place,
  slow: readonly Run[],
  places: readonly Place[],
  watchedMs: number
): WaitsFor | undefined {
  let best: WaitsFor | undefined
  if (slow.length < ENOUGH) return undefined
  for (const other of places) {
    if (other === place) continue
    const ends = endsByLoop(other.runs)
    let count = 0
    for (const run of slow) if (endsWith(run, ends.get(loopKey(run.request)) ?? [])) count++
    if (count < slow.length * LEAST_TOGETHER || count <= (best?.count ?? 0)) continue
    const ended = other.runs.filter(({ costMs }) => costMs >= SOON).length
    const chance = Math.min(1, (ended * median(slow.map(restOf))) / Math.max(1, watchedMs))
    if (binomialTail(count, slow.length, chance) < CHANCE) best = { place: other, count }
  }
  return best
}

/** The runs, by loop and in the order of their ends. Those that cost less than the tolerance are left out. */
function endsByLoop(runs: readonly Run[]): Map<string, Run[]> {
  const ends = new Map<string, Run[]>()
  for (const run of runs) {
    if (run.costMs < SOON || run.hasInner) continue
    const key = loopKey(run.request)
    ends.set(key, [...(ends.get(key) ?? []), run])
  }
  for (const each of ends.values()) each.sort((a, b) => a.endMs - b.endMs)
  return ends
}

function restOf({ startMs, endMs }: Run): number {
  return Math.max(SOON, (endMs - startMs) * REST)
}

/** Whether another request's run ended right before this one, and was under way while this one waited. */
function endsWith(run: Run, others: readonly Run[]): boolean {
  const earliest = run.endMs - restOf(run)
  let low = 0
  let high = others.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((others[middle] as Run).endMs < earliest) low = middle + 1
    else high = middle
  }
  for (let index = low; index < others.length; index++) {
    const other = others[index] as Run
    if (other.endMs > run.endMs + 1) return false
    if (other.request !== run.request && other.startMs < earliest) return true
  }
  return false
}
