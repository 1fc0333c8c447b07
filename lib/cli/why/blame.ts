import { commonTrait } from './common'
import type { Hold, Place, Run } from './place'
import { firstAbove, Spans } from './spans'
import { binomialTail } from './statistics'
import { hasTraits } from './traits'

/** The precision with which a process knows when its loop stopped and went on, in milliseconds. */
const TOLERANCE = 6

/**
 * The highest probability that a handler's runs are at so many stalls by chance, where it is blamed for them.
 */
const CHANCE = 1e-4
/** The same for a handler whose runs end with the stalls, as the runs do that cause stalls. */
const CHANCE_OF_ENDING = 0.05
/** The part of its runs that must do so. */
const LEAST_ENDING = 0.8

/** The part of the stalls without an explanation at which a handler must be to be blamed. */
const LEAST_PRESENCE = 0.3

/** The part of the times after which the loop went on at which its runs must be the first to end. */
const LEAST_FIRST = 0.6

/**
 * A process that used the CPU for so many milliseconds held the loop, even if it had to wait for the CPU as
 * well.
 */
export const COMPUTED = 30

/**
 * The least number of stalls that one handler is blamed for; the same for stalls without much use of the CPU,
 * and the length of those in milliseconds.
 */
const LEAST_STALLS = 2
const LEAST_IDLE_STALLS = { count: 5, ms: 30 }

/**
 * The command itself holds the loop in so many milliseconds after its start, as places of handlers are looked
 * up.
 */
const OWN_WORK = 500

/** The least part of a stall that one of several runs caused, in milliseconds. */
const LEAST_PART = 15

/** The evidence: all runs of a loop, and which of them were there at its stalls. */
interface Scene {
  present: Map<Place, Presence>
  runs: readonly Run[]
  fromMs: number
  toMs: number
}

/** The runs of one place that were under way at each of the stalls, those first that ended first. */
type Presence = Map<Hold, Run[]>

/**
 * Finds the runs that went on after an `await` and held the loop then: those of a handler that is there at more of the
 * stalls than chance explains.
 *
 * @param stalls - those that no handler explains
 * @param runs - all of the same loop
 * @param fromMs - since when requests were watched
 * @param toMs - until when they were
 * @returns the stalls with the runs that are blamed for them; those that several runs caused in parts
 */
export function blame(stalls: readonly Hold[], runs: readonly Run[], fromMs: number, toMs: number): Hold[] {
  const scene = { present: presence(stalls, runs), runs, fromMs, toMs }
  const { present } = scene
  const blamed = new Map<Place, Presence>()
  const isEvidence = (stall: Hold) => stall.fromMs >= fromMs + OWN_WORK
  for (const group of groupsOf(stalls.filter(isEvidence))) {
    let left = group
    while (left.length > 0) {
      const suspect = mostSuspect(left, scene)
      if (suspect === undefined) break
      const there = present.get(suspect) as Presence
      blamed.set(suspect, there)
      for (const stall of left) stall.run = there.get(stall)?.[0]
      left = left.filter(({ run }) => run === undefined)
    }
    if (blamed.size > 0) break
  }
  // A handler that is blamed for one stall is also to blame for those before, and those in which it shared
  // the CPU.
  for (const stall of stalls) {
    if (stall.toMs - stall.fromMs >= COMPUTED)
      for (const there of blamed.values()) stall.run ??= there.get(stall)?.find((run) => endsWith(stall, run))
    if (stall.run !== undefined) stall.starved = false
    else if (!isEvidence(stall)) stall.starved = true
  }
  const left = stalls.filter(({ run }) => run === undefined)
  const caused = [...blamed].flatMap(([place, there]) =>
    parts(
      stalls.filter(({ run }) => run?.place === place),
      place,
      there
    )
  )
  return [...left, ...caused]
}

/** A machine that is shared has many short stalls beside those that anybody caused: each kind is looked at by itself. */
function groupsOf(stalls: readonly Hold[]): (readonly Hold[])[] {
  const idle = stalls.filter(({ starved }) => starved)
  const worked = stalls.filter(({ starved }) => !starved)
  const isClear = ({ cpuMs = 0 }: Hold) => cpuMs >= COMPUTED * 0.8
  const long = idle.filter((stall) => stall.toMs - stall.fromMs >= LEAST_IDLE_STALLS.ms)
  return [
    worked.filter(isClear),
    worked.filter((stall) => !isClear(stall)),
    long.length >= LEAST_IDLE_STALLS.count ? long : []
  ]
}

function presence(stalls: readonly Hold[], runs: readonly Run[]): Map<Place, Presence> {
  const present = new Map<Place, Presence>()
  const sorted = [...stalls].sort((a, b) => a.fromMs - b.fromMs)
  for (const run of runs) {
    if (run.hasInner) continue
    for (let index = firstFrom(sorted, run.startMs - TOLERANCE); index < sorted.length; index++) {
      const stall = sorted[index] as Hold
      if (stall.fromMs > run.endMs) break
      // A run that only waited can't end within the stall.
      if (run.endMs < Math.min(stall.toMs - toleranceOf(stall), stall.fromMs + LEAST_PART)) continue
      let ofPlace = present.get(run.place)
      if (ofPlace === undefined) {
        ofPlace = new Map()
        present.set(run.place, ofPlace)
      }
      const there = ofPlace.get(stall)
      if (there === undefined) ofPlace.set(stall, [run])
      else there.push(run)
    }
  }
  for (const ofPlace of present.values())
    for (const there of ofPlace.values()) there.sort((a, b) => a.endMs - b.endMs)
  return present
}

function firstFrom(holds: readonly Hold[], time: number): number {
  let low = 0
  let high = holds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((holds[middle] as Hold).fromMs < time) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Finds, among the places whose runs are there more often than by chance, the one that is there most, and
 * ends with the stalls.
 */
function mostSuspect(left: readonly Hold[], { present, runs, fromMs, toMs }: Scene): Place | undefined {
  const firsts = firstEndings(left, runs)
  const stalled = new Spans([...left].sort((a, b) => a.fromMs - b.fromMs))
  const freeMs = Math.max(1, toMs - fromMs - stalled.totalMs)
  let best: { place: Place; score: number } | undefined
  for (const [place, there] of present) {
    const evidence = evidenceOf(place.runs, there, left, freeMs)
    if (evidence.count < left.length * LEAST_PRESENCE) continue
    if (
      !isByPresence(evidence, left) &&
      !isFirstByMoreThanChance(place, firsts) &&
      !areSomeByPresence(place, there, left, freeMs)
    )
      continue
    const { count, ending, probability } = evidence
    const score = count * (1 + ending) - Math.log10(Math.max(probability, 1e-9)) / 10
    if (best === undefined || score > best.score) best = { place, score }
  }
  return best?.place
}

/** The number of stalls at which some runs are there, and the part of these with which one of the runs ends. */
interface Evidence {
  count: number
  ending: number
  /** The probability that chance does this to runs that are open for as long. */
  probability: number
}

/** @param freeMs - the time in which the loop was not held */
function evidenceOf(runs: readonly Run[], there: Presence, left: readonly Hold[], freeMs: number): Evidence {
  const at = left.filter((stall) => there.has(stall))
  const open = new Spans(
    runs
      .map((run) => ({ fromMs: run.startMs - TOLERANCE, toMs: run.endMs }))
      .sort((a, b) => a.fromMs - b.fromMs)
  )
  const openAtStalls = left.reduce((sum, stall) => sum + open.within(stall.fromMs, stall.toMs), 0)
  const chance = Math.min(1, Math.max(0, open.totalMs - openAtStalls) / freeMs)
  const ends = at.filter((stall) => there.get(stall)?.some((run) => endsWith(stall, run)))
  return {
    count: at.length,
    ending: at.length === 0 ? 0 : ends.length / at.length,
    probability: binomialTail(at.length, left.length, chance)
  }
}

function isByPresence({ count, ending, probability }: Evidence, left: readonly Hold[]): boolean {
  const isAlwaysLast = count === left.length && ending >= LEAST_ENDING
  return count >= LEAST_STALLS && probability <= (isAlwaysLast ? CHANCE_OF_ENDING : CHANCE)
}

/**
 * A handler that is asked for all the time is there at every stall, whoever caused it. If those of its runs that end with
 * the stalls have something in common, as `limit=60000` in the query, the runs that have it are looked at by themselves.
 */
function areSomeByPresence(place: Place, there: Presence, left: readonly Hold[], freeMs: number): boolean {
  const ended = new Set<Run>()
  for (const stall of left) for (const run of there.get(stall) ?? []) if (endsWith(stall, run)) ended.add(run)
  const common = commonTrait(
    [...ended].map(({ request }) => request),
    place.runs.filter((run) => !ended.has(run)).map(({ request }) => request)
  )
  if (common === undefined) return false
  const has = ({ request }: Run) => hasTraits(request, common.traits)
  const some: Presence = new Map()
  for (const [stall, runs] of there) {
    const having = runs.filter(has)
    if (having.length > 0) some.set(stall, having)
  }
  const evidence = evidenceOf(place.runs.filter(has), some, left, freeMs)
  return (
    evidence.count >= left.length * LEAST_PRESENCE &&
    evidence.ending >= LEAST_ENDING &&
    isByPresence(evidence, left)
  )
}

/** The time, in milliseconds, for which much is done at once after a stall, before the loop is looked at. */
function toleranceOf({ fromMs, toMs }: Pick<Hold, 'fromMs' | 'toMs'>): number {
  return TOLERANCE + (toMs - fromMs) / 10
}

/** The runs that ended in stalls, by place, and how many of them did so first after the loop had been held. */
interface Endings {
  ends: Map<Place, number>
  firsts: Map<Place, number>
  allEnds: number
  allFirsts: number
}

/**
 * Whoever holds the loop for the last time in a request mostly answers then, before anybody who waited can go on: the
 * first to end after each time. Where the loop is held without a pause this tells more than who is there.
 */
function firstEndings(stalls: readonly Hold[], runs: readonly Run[]): Endings {
  const endings: Endings = { ends: new Map(), firsts: new Map(), allEnds: 0, allFirsts: 0 }
  const byEnd = runs.filter(({ hasInner }) => !hasInner).sort((a, b) => a.endMs - b.endMs)
  const ends = Float64Array.from(byEnd, ({ endMs }) => endMs)
  for (const stall of stalls) {
    if (stall.toMs - stall.fromMs < COMPUTED) continue
    let last = stall.fromMs
    for (let index = firstAbove(ends, stall.fromMs + LEAST_PART); index < byEnd.length; index++) {
      const { place, startMs, endMs } = byEnd[index] as Run
      if (endMs > stall.toMs + TOLERANCE) break
      if (startMs > stall.fromMs + TOLERANCE) continue
      count(endings.ends, place)
      endings.allEnds++
      if (endMs - last >= LEAST_PART) {
        count(endings.firsts, place)
        endings.allFirsts++
      }
      last = endMs
    }
  }
  return endings
}

function count(counts: Map<Place, number>, place: Place): void {
  counts.set(place, (counts.get(place) ?? 0) + 1)
}

function isFirstByMoreThanChance(place: Place, { ends, firsts, allEnds, allFirsts }: Endings): boolean {
  const first = firsts.get(place) ?? 0
  const share = (ends.get(place) ?? 0) / Math.max(1, allEnds)
  return first >= allFirsts * LEAST_FIRST && binomialTail(first, allFirsts, share) < CHANCE
}

/** Whether a run ended as soon as the loop went on. */
function endsWith({ fromMs, toMs }: Hold, { endMs }: Run): boolean {
  return endMs - toMs < toleranceOf({ fromMs, toMs })
}

/**
 * Where several runs of a handler were there at a stall, some caused it and others waited. What those requests have in
 * common of which one was there at each stall tells which. Several that caused one stall did so one after the other.
 */
function parts(stalls: readonly Hold[], place: Place, there: Presence): Hold[] {
  const isLong = ({ fromMs, toMs }: Hold) => toMs - fromMs >= COMPUTED
  const suspects = new Set(stalls.flatMap((stall) => (isLong(stall) ? (there.get(stall) ?? []) : [])))
  const common = commonTrait(
    [...suspects].map(({ request }) => request),
    place.runs.filter((run) => !suspects.has(run)).map(({ request }) => request)
  )
  return stalls.flatMap((stall) => {
    const runs = there.get(stall) ?? []
    const having = common === undefined ? [] : runs.filter(({ request }) => hasTraits(request, common.traits))
    return partsOf(stall, having.length > 0 ? having : runs)
  })
}

/** Each run's part of a stall: from where the one before it ended until it ended itself. */
function partsOf(stall: Hold, runs: readonly Run[]): Hold[] {
  const found: Hold[] = []
  const share = (stall.cpuMs ?? 0) / (stall.toMs - stall.fromMs)
  let fromMs = stall.fromMs
  for (const run of runs) {
    const toMs = Math.min(stall.toMs, run.endMs)
    if (toMs - fromMs < LEAST_PART || !endsWith(stall, run)) continue
    found.push({ fromMs, toMs, run, starved: false, cpuMs: share * (toMs - fromMs) })
    fromMs = toMs
  }
  const last = found.at(-1)
  if (last === undefined) return [{ ...stall, run: runs[0] }]
  last.toMs = stall.toMs
  return found
}
