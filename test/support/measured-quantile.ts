import assert from 'node:assert/strict'

/**
 * The part of all requests that may be interrupted between the clock of the app, which runs from before the probes' to
 * after them, and that of the probes: on a busy machine another process then has its turn.
 */
const INTERRUPTED = 0.005

/**
 * Asserts that a quantile lies in its bucket of a factor √2, beside the same quantile of what the app measured itself.
 *
 * @param part - ex: 0.99
 * @param measured - milliseconds
 */
export function assertQuantile(ns: number, part: number, measured: readonly number[], about: string): void {
  const sorted = [...measured].sort((a, b) => a - b)
  const last = sorted.length - 1
  const rank = Math.ceil(part * sorted.length) - 1
  const off = Math.ceil(INTERRUPTED * sorted.length)
  const least = (sorted[Math.max(0, rank - off)] as number) * 1e6
  const most = (sorted[Math.min(last, rank + off)] as number) * 1e6
  assert.ok(
    ns > least / Math.SQRT2 && ns < most * Math.SQRT2,
    `${about} p${part * 100}: ${ns} ns; the app measured ${least} to ${most}`
  )
}
