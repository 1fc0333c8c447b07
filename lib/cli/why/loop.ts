import type { LoopHistory, Moment } from '../../figures/event-loop'
import { type Anatomy, type Hold, loopKey, type Place, type Run } from './place'
import { Spans } from './spans'
import { binomialTail, sum } from './statistics'

/** In milliseconds: how exactly a process knows when its loop stopped and went on. */
const TOLERANCE = 6

/** In milliseconds: a stall of which so much was in no handler's first part wants an explanation. */
const LEAST_UNEXPLAINED = 8

/** In milliseconds: what holds the loop for less delays nobody that anybody would name. */
const LEAST_DELAY = 5

/** How probable the presence of a handler's runs at all those stalls may be by chance, where it is blamed for them. */
const CHANCE = 1e-4

/** The part of the stalls without an explanation that one handler must be there for to be blamed. */
const LEAST_PRESENCE = 0.3

/** The part of a stall for which the process must have used the CPU for somebody in it to be blamed. */
const LEAST_CPU = 0.5

/** In milliseconds: how long after its start the command itself holds the loop, as places of handlers are looked up. */
const OWN_WORK = 500

/** The delay that something caused to requests other than its own, by holding the event loop. */
export interface Harm {
  ms: number
  requests: Set<object>
}

/** Who held the event loops. */
export interface Account {
  /** By the place that held it; under undefined what no handler is known to have done, as a timer's work. */
  harm: Map<Place | undefined, Harm>
  /** The stalls that no handler explains. */
  unexplained: (Hold & { gcMs: number })[]
  /** In milliseconds, of the loop that had most of it: the time for which it was late since its process did not get the CPU. */
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
  const runs = runsByLoop(places)
  const known = new Map(loops.map((loop) => [loopKey(loop), loop]))
  for (const key of new Set([...holds.keys(), ...known.keys()])) {
    const { stalls = [], collections = [] } = known.get(key) ?? {}
    const byRuns = holds.get(key) ?? []
    const orphans = orphansAmong(stalls, byRuns)
    const nobodys = orphans.filter((orphan) => orphan.starved || orphan.fromMs < fromMs + OWN_WORK)
    const starvedMs = sum(orphans.map((orphan) => (orphan.starved ? orphan.toMs - orphan.fromMs : 0)))
    account.starvedMs = Math.max(account.starvedMs, starvedMs)
    const somebodys = orphans.filter((orphan) => !nobodys.includes(orphan))
    const ofLoop = runs.get(key) ?? []
    blame(somebodys, ofLoop, fromMs, toMs)
    const all = [...byRuns, ...orphans].sort((a, b) => a.fromMs - b.fromMs)
    const garbage = new Spans(spansOf(collections))
    for (const orphan of nobodys) orphan.starved = true
    for (const orphan of somebodys) {
      const gcMs = garbage.within(orphan.fromMs, orphan.toMs)
      if (orphan.run === undefined) account.unexplained.push({ ...orphan, gcMs })
      else {
        orphan.run.laterMs += orphan.toMs - orphan.fromMs
        orphan.run.gcMs += gcMs
      }
    }
    for (const { run, fromMs: from, toMs: to } of byRuns)
      if (run !== undefined) run.gcMs += garbage.within(from, to)
    const late = new Spans([...all, ...spansOf(stalls)].sort((a, b) => a.fromMs - b.fromMs))
    delay(ofLoop, all, late, account.harm)
  }
  return account
}

function runsByLoop(places: readonly Place[]): Map<string, Run[]> {
  const byLoop = new Map<string, Run[]>()
  for (const place of places) {
    for (const run of place.runs) {
      const key = loopKey(run.request)
      let runs = byLoop.get(key)
      if (runs === undefined) {
        runs = []
        byLoop.set(key, runs)
      }
      runs.push(run)
    }
  }
  return byLoop
}

function spansOf(moments: readonly Moment[]): { fromMs: number; toMs: number; cpuMs?: number }[] {
  return moments
    .map(({ startMs, ms, ...rest }) => ({ fromMs: startMs, toMs: startMs + ms, ...rest }))
    .sort((a, b) => a.fromMs - b.fromMs)
}

/** The stalls that what handlers did before they first let go of the loop does not explain. */
function orphansAmong(stalls: readonly Moment[], holds: readonly Hold[]): Hold[] {
  const explained = new Spans(holds)
  const orphans: Hold[] = []
  for (const { fromMs, toMs, cpuMs = toMs - fromMs } of spansOf(stalls)) {
    const unexplained = toMs - fromMs - explained.within(fromMs, toMs)
    if (unexplained >= Math.max(LEAST_UNEXPLAINED, (toMs - fromMs) / 2))
      orphans.push({ fromMs, toMs, run: undefined, starved: cpuMs < (toMs - fromMs) * LEAST_CPU })
  }
  return orphans
}

/** Finds the runs that went on after an `await` and held the loop then, as far as chance does not explain it as well. */
function blame(orphans: Hold[], runs: readonly Run[], fromMs: number, toMs: number): void {
  let left = orphans
  const present = presence(orphans, runs)
  while (left.length > 0) {
    const suspect = mostSuspect(left, present, fromMs, toMs)
    if (suspect === undefined) return
    for (const orphan of left) orphan.run = suspect.get(orphan)
    left = left.filter(({ run }) => run === undefined)
  }
}

/** For each place its run that was under way at each of the stalls; of several the one that ended first after it. */
function presence(orphans: readonly Hold[], runs: readonly Run[]): Map<Place, Map<Hold, Run>> {
  const present = new Map<Place, Map<Hold, Run>>()
  const sorted = [...orphans].sort((a, b) => a.fromMs - b.fromMs)
  for (const run of runs) {
    if (run.hasInner) continue
    for (let index = firstAfter(sorted, run.startMs - TOLERANCE); index < sorted.length; index++) {
      const orphan = sorted[index] as Hold
      if (orphan.toMs - TOLERANCE > run.endMs) break
      const ofPlace = present.get(run.place) ?? new Map<Hold, Run>()
      present.set(run.place, ofPlace)
      const other = ofPlace.get(orphan)
      if (other === undefined || run.endMs < other.endMs) ofPlace.set(orphan, run)
    }
  }
  return present
}

function firstAfter(holds: readonly Hold[], time: number): number {
  let low = 0
  let high = holds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((holds[middle] as Hold).fromMs < time) low = middle + 1
    else high = middle
  }
  return low
}

function mostSuspect(
  left: readonly Hold[],
  present: Map<Place, Map<Hold, Run>>,
  fromMs: number,
  toMs: number
): Map<Hold, Run> | undefined {
  const stalled = new Spans([...left].sort((a, b) => a.fromMs - b.fromMs))
  const free = Math.max(1, toMs - fromMs - stalled.totalMs)
  let best: { runs: Map<Hold, Run>; score: number } | undefined
  for (const [place, all] of present) {
    const runs = new Map(
      left.flatMap((orphan) => (all.has(orphan) ? [[orphan, all.get(orphan) as Run]] : []))
    )
    if (runs.size < 2 || runs.size < left.length * LEAST_PRESENCE) continue
    const open = new Spans(
      place.runs
        .map((run) => ({ fromMs: run.startMs - TOLERANCE, toMs: run.endMs }))
        .sort((a, b) => a.fromMs - b.fromMs)
    )
    const openAtStalls = left.reduce((sum, stall) => sum + open.within(stall.fromMs, stall.toMs), 0)
    const chance = Math.min(1, Math.max(0, open.totalMs - openAtStalls) / free)
    const probability = binomialTail(runs.size, left.length, chance)
    if (probability > CHANCE && !(runs.size === left.length && endRightAfter(runs) && probability < 0.05))
      continue
    // Of those that are always there, the one whose runs end with the stalls.
    const score = runs.size * (1 + endings(runs)) - Math.log10(Math.max(probability, 1e-9)) / 10
    if (best === undefined || score > best.score) best = { runs, score }
  }
  return best?.runs
}

/** The part of the runs that ended as soon as the loop went on. */
function endings(runs: Map<Hold, Run>): number {
  let ended = 0
  for (const [{ fromMs, toMs }, run] of runs) if (run.endMs - toMs < TOLERANCE + (toMs - fromMs) / 20) ended++
  return ended / runs.size
}

function endRightAfter(runs: Map<Hold, Run>): boolean {
  return endings(runs) > 0.8
}

/** Adds up for each run that waited how long others held the loop, and for each place how long it held up others. */
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
