import type { Beat, MomentMessage } from '../../aggregate/protocol'
import { addLoops, type LoopFigures, type LoopHistory, type Moment } from '../../figures/event-loop'
import { fields, list, notNegative, number, time } from './checked-json'

/** What a process tells of a thread's event loop, and of itself, in a beat. */
export type LoopBeat = Omit<Beat, 'seen' | 'lost' | 'routes'>

/** The most items of each kind that are kept of a thread. */
const MAX_MOMENTS = 50_000

/** @throws Malformed for what is no beat */
export function readLoopBeat(value: unknown): LoopBeat {
  const told = fields(value)
  const delay = fields(told.delayMs)
  return {
    intervalMs: number(told.intervalMs),
    delayMs: { p50: number(delay.p50), p99: number(delay.p99), max: number(delay.max) },
    utilization: Math.min(1, notNegative(told.utilization)),
    gcMs: number(told.gcMs),
    heapUsed: number(told.heapUsed),
    heapTotal: number(told.heapTotal),
    rss: number(told.rss),
    cpuMs: number(told.cpuMs),
    ...(told.stalls === undefined ? {} : { stalls: list(told.stalls).map(readMoment) }),
    ...(told.collections === undefined ? {} : { collections: list(told.collections).map(readMoment) })
  }
}

function readMoment(value: unknown): MomentMessage {
  const [startMs, ms, cpuMs] = list(value)
  return cpuMs === undefined ? [time(startMs), number(ms)] : [time(startMs), number(ms), number(cpuMs)]
}

/** The history of a thread's loop with one more beat. */
export function grownLoop(
  known: LoopHistory | undefined,
  { pid, thread }: Pick<LoopHistory, 'pid' | 'thread'>,
  beat: LoopBeat
): LoopHistory {
  const last = loopOf(beat)
  const { stalls, collections } = beat
  return {
    pid,
    thread,
    last,
    whole: known === undefined ? last : addLoops(known.whole, last),
    ...(stalls === undefined ? {} : { stalls: withMoments(known?.stalls, stalls) }),
    ...(collections === undefined ? {} : { collections: withMoments(known?.collections, collections) })
  }
}

/** Adds moments to those that are known. Where there are more than anybody looks at, only the first ones are kept. */
function withMoments(known: Moment[] = [], more: readonly MomentMessage[]): Moment[] {
  for (const [startMs, ms, cpuMs] of more.slice(0, MAX_MOMENTS - known.length))
    known.push({ startMs, ms, ...(cpuMs === undefined ? {} : { cpuMs }) })
  return known
}

function loopOf({ intervalMs, delayMs, utilization, gcMs, cpuMs, heapUsed, rss }: LoopBeat): LoopFigures {
  return {
    ms: intervalMs,
    delayP50Ms: delayMs.p50,
    delayP99Ms: delayMs.p99,
    delayMaxMs: delayMs.max,
    busyMs: utilization * intervalMs,
    gcMs,
    cpuMs,
    heapUsed,
    rss
  }
}
