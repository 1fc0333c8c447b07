import { BUCKETS } from '../figures/grid'
import { interpolated } from './boundaries'
import type { Family } from './families'

/** Durations that were counted, by whomever. */
export interface Durations {
  readonly count: number
  /** The sum, in seconds. */
  readonly sum: number
  /** The shortest and the longest in seconds, where they are known. */
  readonly min?: number
  readonly max?: number
  /**
   * The number of durations in each bucket of the grid of seconds: first of those shorter than 2^-20 s, then
   * of those in [2^-20, 2^-19.5) and so on, for 64 buckets in all.
   */
  readonly places: ArrayLike<number>
  /**
   * For each of the snapshot's boundaries, the number of durations that were longer than the boundary before,
   * and at most as long as this one. Where it is undefined, it is estimated from the buckets.
   */
  readonly classic?: ArrayLike<number>
}

/** One series of a family: its labels have the family's order, then the snapshot's own. */
export class Series {
  constructor(readonly labels: readonly string[]) {}
}

/**
 * A histogram, in the buckets of Prometheus's schema 1, which is OpenTelemetry's scale 1, and in
 * classic ones.
 */
export class HistogramSeries extends Series {
  count = 0
  /** The sum, in seconds. */
  sum = 0
  /** The shortest and the longest, in seconds; infinite and zero where they are not known. */
  min = Number.POSITIVE_INFINITY
  max = 0
  readonly places = new Float64Array(BUCKETS)
  readonly #boundaries: readonly number[]
  /** For each of the boundaries, the number of durations that were at most as long. */
  readonly atMost: Float64Array

  constructor(labels: readonly string[], boundaries: readonly number[]) {
    super(labels)
    this.#boundaries = boundaries
    this.atMost = new Float64Array(boundaries.length)
  }

  add({ count, sum, min, max, places, classic }: Durations): void {
    if (min !== undefined && min < this.min) this.min = min
    if (max !== undefined && max > this.max) this.max = max
    this.count += count
    this.sum += sum
    for (let place = 0; place < places.length; place++)
      (this.places[place] as number) += places[place] as number
    const atMost = classic === undefined ? interpolated(places, this.#boundaries) : cumulated(classic)
    for (let i = 0; i < this.atMost.length; i++) (this.atMost[i] as number) += atMost[i] as number
  }
}

/** The number of times that something was measured, and the sum of what was measured. */
export class SummarySeries extends Series {
  count = 0
  /** The sum, in seconds. */
  sum = 0

  add(count: number, sum: number): void {
    this.count += count
    this.sum += sum
  }
}

/** The value of a counter or a gauge. */
export class ValueSeries extends Series {
  value = 0
}

/** All metrics at one moment. What is added to the same labels twice is added up. */
export class Snapshot {
  readonly #families = new Map<Family, Map<string, Series>>()
  readonly #laterStarts = new Map<Family, number>()

  /**
   * @param boundaries - the boundaries of classic buckets, in seconds, rising
   * @param startedMs - when counting began, in milliseconds since 1970
   * @param extraLabels - the labels that every series has beside its family's own, such as `pid`
   */
  constructor(
    readonly boundaries: readonly number[],
    readonly startedMs: number,
    readonly extraLabels: readonly string[] = []
  ) {}

  histogram(family: Family, labels: readonly string[]): HistogramSeries {
    return this.#series(family, labels, () => new HistogramSeries(labels, this.boundaries))
  }

  summary(family: Family, labels: readonly string[]): SummarySeries {
    return this.#series(family, labels, () => new SummarySeries(labels))
  }

  value(family: Family, labels: readonly string[]): ValueSeries {
    return this.#series(family, labels, () => new ValueSeries(labels))
  }

  /** Says that a family's series are counted from a later time on, in milliseconds since 1970: they began anew. */
  startLater(family: Family, ms: number): void {
    this.#laterStarts.set(family, ms)
  }

  /** When the counting of a family's series began, in milliseconds since 1970. */
  startOf(family: Family): number {
    return Math.max(this.startedMs, this.#laterStarts.get(family) ?? 0)
  }

  seriesOf(family: Family): Iterable<Series> {
    return this.#families.get(family)?.values() ?? []
  }

  /** The families, in the order in which they were first given. */
  *families(): Iterable<{ family: Family; labels: readonly string[]; series: Iterable<Series> }> {
    for (const [family, series] of this.#families)
      yield { family, labels: [...family.labels, ...this.extraLabels], series: series.values() }
  }

  #series<Kind extends Series>(family: Family, labels: readonly string[], make: () => Kind): Kind {
    let all = this.#families.get(family)
    if (all === undefined) {
      all = new Map()
      this.#families.set(family, all)
    }
    const key = labels.join('\0')
    let series = all.get(key)
    if (series === undefined) {
      series = make()
      all.set(key, series)
    }
    return series as Kind
  }
}

function cumulated(classic: ArrayLike<number>): number[] {
  let below = 0
  return Array.from(classic, (count) => {
    below += count
    return below
  })
}
