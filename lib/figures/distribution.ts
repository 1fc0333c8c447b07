import { boundNs, bucketOf, type Grid } from './grid'

/** A distribution of durations: a count for each bucket, their sum, the shortest and the longest. */
export class Distribution {
  readonly buckets = new Map<number, number>()
  count = 0
  sumNs = 0
  /** Infinite as long as it is not known. */
  minNs = Number.POSITIVE_INFINITY
  maxNs = 0

  constructor(readonly grid: Grid) {}

  record(ns: number): void {
    this.add(bucketOf(this.grid, ns), 1)
    this.sumNs += ns
    this.minNs = Math.min(this.minNs, ns)
    this.maxNs = Math.max(this.maxNs, ns)
  }

  add(bucket: number, count: number): void {
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + count)
    this.count += count
  }

  merge(other: Distribution): void {
    for (const [bucket, count] of other.buckets) this.add(bucket, count)
    this.sumNs += other.sumNs
    this.minNs = Math.min(this.minNs, other.minNs)
    this.maxNs = Math.max(this.maxNs, other.maxNs)
  }

  /**
   * Gives the durations that came after an earlier state of the same; the shortest and the longest are
   * this one's.
   */
  since(earlier: Distribution | undefined): Distribution {
    const later = new Distribution(this.grid)
    for (const [bucket, count] of this.buckets) {
      const more = count - (earlier?.buckets.get(bucket) ?? 0)
      if (more > 0) later.add(bucket, more)
    }
    later.sumNs = this.sumNs - (earlier?.sumNs ?? 0)
    later.minNs = this.minNs
    later.maxNs = this.maxNs
    return later
  }

  /**
   * The duration that this part of them did not exceed: where the rank lies
   * between its bucket's bounds, or the shortest and the longest where those are closer.
   */
  quantile(part: number): number {
    const rank = Math.max(1, Math.ceil(part * this.count))
    let below = 0
    for (const [bucket, count] of this.sorted()) {
      if (below + count >= rank) {
        const end = boundNs(this.grid, bucket + 1)
        const low = Math.max(boundNs(this.grid, bucket), below === 0 && this.minNs <= end ? this.minNs : 0)
        const high = Math.min(end, this.maxNs || Number.POSITIVE_INFINITY)
        return Math.max(low + ((high - low) * (rank - below)) / count, Math.min(low, high))
      }
      below += count
    }
    return 0
  }

  sorted(): [bucket: number, count: number][] {
    return [...this.buckets].sort(([a], [b]) => a - b)
  }
}
