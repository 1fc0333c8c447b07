import { quantile } from './statistics'

/** Differences between durations below this, in milliseconds, say nothing. */
const FLOOR = 1

/**
 * The number of times that a part is divided again, where it holds the few slow ones among many that differ
 * little.
 */
const LEVELS = 4

/** The bound at which slow begins, in milliseconds, and what is typical of either side. */
export interface Split {
  fromMs: number
  slowMedianMs: number
  quickMedianMs: number
  slow: number
}

/** The differences between the two sides for which people call one of them slow. */
export interface Contrast {
  /** The least median of the slow side, in milliseconds. */
  least: number
  /** The ratio of both medians. */
  times: number
  /** The least number of slow ones. */
  count: number
}

/**
 * Divides durations in two by Otsu's method, on their logarithms: so that both sides differ as much as they can, and
 * vary as little within.
 *
 * @returns undefined if no division has so much contrast
 */
export function split(durations: readonly number[], { least, times, count }: Contrast): Split | undefined {
  const sorted = Float64Array.from(durations).sort()
  let begin = 0
  for (let level = 0; level < LEVELS; level++) {
    const at = begin + divide(sorted.subarray(begin))
    if (at <= begin || sorted.length - at < count) return undefined
    const slowMedianMs = quantile(sorted.subarray(at), 0.5)
    const quickMedianMs = quantile(sorted.subarray(0, at), 0.5)
    if (slowMedianMs >= least && slowMedianMs >= times * Math.max(FLOOR, quickMedianMs))
      return { fromMs: sorted[at] as number, slowMedianMs, quickMedianMs, slow: sorted.length - at }
    begin = at
  }
  return undefined
}

/** The number of durations on the lower side; 0 if all are alike. */
function divide(sorted: Float64Array): number {
  const logs = sorted.map((value) => Math.log(Math.max(FLOOR, value)))
  const total = logs.reduce((sum, value) => sum + value, 0)
  let below = 0
  let best = 0
  let at = 0
  for (let index = 1; index < logs.length; index++) {
    below += logs[index - 1] as number
    if (logs[index] === logs[index - 1]) continue
    const difference = below / index - (total - below) / (logs.length - index)
    const between = index * (logs.length - index) * difference * difference
    if (between > best) {
      best = between
      at = index
    }
  }
  return at
}
