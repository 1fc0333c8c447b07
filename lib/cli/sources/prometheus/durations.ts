/** A stretch of durations, in seconds, and the number of them in a second. */
export interface Bucket {
  from: number
  to: number
  count: number
}

/**
 * The way in which values are thought to lie within a bucket: evenly (classic histograms), or as buckets grow
 * (native ones).
 */
type Spread = 'even' | 'growing'

/** Durations as a histogram of Prometheus tells them. */
export class PrometheusDurations {
  readonly #buckets: readonly Bucket[]
  readonly #spread: Spread
  /** The number of durations in a second. */
  readonly count: number

  private constructor(buckets: Bucket[], spread: Spread) {
    this.#buckets = buckets
    this.#spread = spread
    this.count = buckets.reduce((sum, { count }) => sum + count, 0)
  }

  /** @param counts - the number that took at most so long (`le`), in any order; `Infinity` has all */
  static classic(counts: readonly (readonly [le: number, count: number])[]): PrometheusDurations {
    const buckets: Bucket[] = []
    let from = 0
    let below = 0
    for (const [to, all] of [...counts].sort(([a], [b]) => a - b)) {
      // Counters that are read at different moments can seem to shrink.
      const count = Math.max(0, all - below)
      buckets.push({ from, to, count })
      from = to
      below += count
    }
    return new PrometheusDurations(buckets, 'even')
  }

  static native(buckets: readonly Bucket[]): PrometheusDurations {
    return new PrometheusDurations(
      [...buckets].sort((a, b) => a.from - b.from),
      'growing'
    )
  }

  /**
   * The duration that this part of them did not exceed, in nanoseconds, as `histogram_quantile` of Prometheus 3 has it: where
   * all above the highest bound are taken for that bound. Undefined where there are none.
   */
  quantileNs(part: number): number | undefined {
    const rank = part * this.count
    let below = 0
    for (const bucket of this.#buckets) {
      if (bucket.count > 0 && below + bucket.count >= rank)
        return within(bucket, (rank - below) / bucket.count, this.#spread) * 1e9
      below += bucket.count
    }
    return undefined
  }
}

function within({ from, to }: Bucket, part: number, spread: Spread): number {
  if (to === Number.POSITIVE_INFINITY) return from
  // What lies around zero has no factor by which it grows.
  if (spread === 'even' || from <= 0) return Math.max(0, from) + (to - Math.max(0, from)) * part
  return from * (to / from) ** part
}
