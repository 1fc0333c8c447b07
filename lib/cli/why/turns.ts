import { byLoop, loopKey, type Place, type Run } from './place'
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
  if (runs.length < ENOUGH || !others.some((other) => other >= 2)) return undefined
  // Whole durations count, as what held the loop held up the runs before as well.
  const durations = runs.map(durationOf)
  const alone = runs.filter((run) => before.get(run) === 0).map(durationOf)
  const busiest = runs.filter((run) => (before.get(run) ?? 0) >= 2 && slow.has(run))
  if (busiest.length < ENOUGH / 2) return undefined
  if (correlation(others, durations) < LEAST_CORRELATION) return undefined
  const aloneMs = alone.length >= ENOUGH_ALONE ? median(alone) : undefined
  if (aloneMs !== undefined && median(busiest.map(durationOf)) < LEAST_FACTOR * aloneMs) return undefined
  const most = busiest.reduce((highest, run) => Math.max(highest, before.get(run) ?? 0), 0)
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

/** For each of the runs, all on one loop, the number of those that had begun before it and had not ended. */
function underWay(runs: readonly Run[]): Map<Run, number> {
  const counts = new Map<Run, number>()
  const ends = runs.map(({ endMs }) => endMs).sort((a, b) => a - b)
  let ended = 0
  for (const [begun, run] of [...runs].sort((a, b) => a.startMs - b.startMs).entries()) {
    // A run that had ended by then had begun before, too.
    while (ended < begun && (ends[ended] as number) <= run.startMs) ended++
    counts.set(run, begun - ended)
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

/** The runs of each place that others may have waited for, by loop and in the order of their ends. */
export class Ends {
  readonly #known = new Map<Place, Map<string, Run[]>>()

  /** Runs that cost less than the tolerance are left out. */
  of(place: Place): Map<string, Run[]> {
    let ends = this.#known.get(place)
    if (ends === undefined) {
      ends = byLoop(place.runs.filter(({ costMs, hasInner }) => costMs >= SOON && !hasInner))
      for (const each of ends.values()) each.sort((a, b) => a.endMs - b.endMs)
      this.#known.set(place, ends)
    }
    return ends
  }
}

/** The other handler with whose runs the slow ones end, where chance does not explain it. */
export function waitsFor(
  place: Place,
  slow: readonly Run[],
  { places, ends: endsOf, watchedMs }: { places: readonly Place[]; ends: Ends; watchedMs: number }
): WaitsFor | undefined {
  let best: WaitsFor | undefined
  if (slow.length < ENOUGH) return undefined
  for (const other of places) {
    if (other === place) continue
    const ends = endsOf.of(other)
    let count = 0
    for (const run of slow) if (endsWith(run, ends.get(loopKey(run.request)) ?? [])) count++
    if (count < slow.length * LEAST_TOGETHER || count <= (best?.count ?? 0)) continue
    const ended = other.runs.filter(({ costMs }) => costMs >= SOON).length
    const chance = Math.min(1, (ended * median(slow.map(restOf))) / Math.max(1, watchedMs))
    if (binomialTail(count, slow.length, chance) < CHANCE) best = { place: other, count }
  }
  return best
}

function restOf({ startMs, endMs }: Run): number {
  return Math.max(SOON, (endMs - startMs) * REST)
}

/**
 * Whether another request's run ended right before this one, and was under way while this one waited. Two that began
 * together, as when a page asks for two things at once, may just take as long.
 */
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
    if (other.startMs >= earliest || Math.abs(other.startMs - run.startMs) < SOON) continue
    if (other.request !== run.request) return true
  }
  return false
}
