import type { LoopHistory, Moment } from '../../figures/event-loop'
import { blame, COMPUTED } from './blame'
import { type Anatomy, byLoop, type Hold, loopKey, type Place, type Run } from './place'
import { Spans } from './spans'

/** A stall needs an explanation if so many of its milliseconds were in no handler's first part. */
const LEAST_UNEXPLAINED = 8

/** What holds the loop for fewer milliseconds delays nobody that anybody would name. */
const LEAST_DELAY = 5

/** The part of a stall for which the process must have used the CPU for somebody in it to be blamed. */
const LEAST_CPU = 0.25

/** The delay that something caused to requests other than its own, by holding the event loop. */
export interface Harm {
  ms: number
  requests: Set<object>
}

/** The account of who held the event loops. */
export interface Account {
  /**
   * The harm by the place that held the loop. Work that no handler is known to have done, such as a
   * timer's, is under undefined.
   */
  harm: Map<Place | undefined, Harm>
  /** The stalls that no handler explains. */
  unexplained: (Hold & { gcMs: number })[]
  /**
   * The time for which a loop was late since its process did not get the CPU, in milliseconds: the longest of
   * any loop.
   */
  starvedMs: number
}

/**
 * Tells, for each run, how long others held the event loop while it waited, and how long garbage was collected while it
 * held the loop itself. A handler that goes on after an `await` and then holds the loop is found by the stalls of the
 * loop: its runs are there at all of them.
 *
 * @param fromMs - since when requests were watched
 * @param toMs - until when they were
 */
export function account(
  { places, holds }: Anatomy,
  loops: readonly LoopHistory[],
  fromMs: number,
  toMs: number
): Account {
  const account: Account = { harm: new Map(), unexplained: [], starvedMs: 0 }
  const runs = byLoop(places.flatMap((place) => place.runs))
  const known = new Map(loops.map((loop) => [loopKey(loop), loop]))
  for (const key of new Set([...holds.keys(), ...known.keys()])) {
    const { stalls: told = [], collections = [] } = known.get(key) ?? {}
    const stalls = oneAtATime(spansOf(told))
    const byRuns = holds.get(key) ?? []
    const starving = new Spans(stalls.filter(isStarved))
    account.starvedMs = Math.max(account.starvedMs, starving.totalMs)
    const ofLoop = runs.get(key) ?? []
    const orphans = blame(orphansAmong(stalls, byRuns), ofLoop, fromMs, toMs)
    const all = [...byRuns, ...orphans].sort((a, b) => a.fromMs - b.fromMs)
    const garbage = new Spans(spansOf(collections))
    for (const orphan of orphans) {
      if (orphan.starved) continue
      const gcMs = garbage.within(orphan.fromMs, orphan.toMs)
      if (orphan.run === undefined) account.unexplained.push({ ...orphan, gcMs })
      else {
        orphan.run.laterMs += orphan.toMs - orphan.fromMs
        orphan.run.laterHolds.push(orphan)
        orphan.run.gcMs += gcMs
      }
    }
    for (const { run, fromMs: from, toMs: to } of byRuns)
      if (run !== undefined) {
        run.gcMs += garbage.within(from, to)
        run.starvedMs += starving.within(from, to)
      }
    const late = new Spans([...all, ...stalls].sort((a, b) => a.fromMs - b.fromMs))
    delay(ofLoop, all, late, account.harm)
  }
  return account
}

function isStarved({ fromMs, toMs, cpuMs = toMs - fromMs }: Stall): boolean {
  return cpuMs < (toMs - fromMs) * LEAST_CPU && cpuMs < COMPUTED
}

interface Stall {
  fromMs: number
  toMs: number
  cpuMs?: number
}

/** A loop has one stall after the other. A process that tells of many at once would have each looked at with all runs. */
function oneAtATime(stalls: readonly Stall[]): Stall[] {
  let endMs = Number.NEGATIVE_INFINITY
  return stalls.filter(({ fromMs, toMs }) => {
    if (fromMs < endMs || toMs < fromMs) return false
    endMs = toMs
    return true
  })
}

function spansOf(moments: readonly Moment[]): Stall[] {
  return moments
    .map(({ startMs, ms, ...rest }) => ({ fromMs: startMs, toMs: startMs + ms, ...rest }))
    .sort((a, b) => a.fromMs - b.fromMs)
}

/** The stalls that what handlers did before they first let go of the loop does not explain. */
function orphansAmong(stalls: readonly Stall[], holds: readonly Hold[]): Hold[] {
  const explained = new Spans(holds)
  const orphans: Hold[] = []
  for (const stall of stalls) {
    const { fromMs, toMs } = stall
    const unexplained = toMs - fromMs - explained.within(fromMs, toMs)
    if (unexplained >= Math.max(LEAST_UNEXPLAINED, (toMs - fromMs) / 2))
      orphans.push({
        fromMs,
        toMs,
        run: undefined,
        starved: isStarved(stall),
        cpuMs: stall.cpuMs ?? toMs - fromMs
      })
  }
  return orphans
}

/**
 * Adds up for each run that waited how long others held the loop, and for each place how long it held
 * up others.
 */
function delay(runs: readonly Run[], holds: readonly Hold[], late: Spans, harm: Account['harm']): void {
  const long = holds.filter(({ fromMs, toMs }) => toMs - fromMs >= LEAST_DELAY)
  const longSpans = new Spans(long)
  for (const run of runs) {
    if (run.hasInner) continue
    const from = run.returnedMs
    run.heldMs = Math.max(0, late.within(from, run.endMs) - run.laterMs)
    if (run.heldMs < LEAST_DELAY || run.heldMs < (run.endMs - from) / 2) continue
    const [first, end] = longSpans.touching(from, run.endMs)
    for (let index = first; index < end; index++) {
      const { fromMs, toMs, run: holder, starved } = long[index] as Hold
      if (starved || holder?.request === run.request) continue
      const ms = Math.min(toMs, run.endMs) - Math.max(fromMs, from)
      if (ms < LEAST_DELAY) continue
      const caused = harm.get(holder?.place) ?? { ms: 0, requests: new Set() }
      harm.set(holder?.place, caused)
      caused.ms += ms
      caused.requests.add(run.request)
    }
  }
}
