import type { LoopFigures, LoopHistory } from '../../figures/event-loop'
import { joined, line, type Printable } from '../printable'
import { duration } from './duration'
import { percent } from './percent'

/** Tells of the busiest and of the most delayed of several threads; undefined if nothing is known of any. */
export function loopLine(loops: readonly LoopFigures[]): Printable | undefined {
  if (loops.length === 0) return undefined
  const most = (figure: (loop: LoopFigures) => number) => Math.max(...loops.map(figure))
  return line`event loop ${percent(most(busyPart))} busy, up to ${duration(most(({ delayMaxMs }) => delayMaxMs * 1e6))} late`
}

/** All that is known of a thread. */
export function loopSentence({ pid, thread, whole }: LoopHistory): Printable {
  const name = thread === 0 ? line`process ${pid}` : line`thread ${thread} of process ${pid}`
  const parts = [
    line`event loop ${percent(busyPart(whole))} busy`,
    line`up to ${duration(whole.delayMaxMs * 1e6)} late (p99 of the worst second ${duration(whole.delayP99Ms * 1e6)})`,
    line`${percent(part(whole.gcMs, whole.ms))} in garbage collection`,
    line`heap ${megabytes(whole.heapUsed)}`
  ]
  return line`${name}: ${joined(parts, ', ')}`
}

export function loopJson(
  { pid, thread, last, whole }: LoopHistory,
  of: 'last' | 'whole'
): Record<string, unknown> {
  const loop = of === 'last' ? last : whole
  const ns = (ms: number) => Math.round(ms * 1e6)
  return {
    type: 'process',
    pid,
    thread,
    intervalNs: ns(loop.ms),
    delayP50Ns: ns(loop.delayP50Ms),
    delayP99Ns: ns(loop.delayP99Ms),
    delayMaxNs: ns(loop.delayMaxMs),
    busyNs: ns(loop.busyMs),
    gcNs: ns(loop.gcMs),
    cpuNs: ns(loop.cpuMs),
    heapUsedBytes: loop.heapUsed,
    rssBytes: loop.rss
  }
}

export function busyPart({ busyMs, ms }: LoopFigures): number {
  return part(busyMs, ms)
}

function part(some: number, all: number): number {
  return all > 0 ? Math.min(1, some / all) : 0
}

function megabytes(bytes: number): Printable {
  return line`${Math.round(bytes / 1e6)} MB`
}
