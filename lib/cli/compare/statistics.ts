import type { Distribution } from '../../figures/distribution'
import { BUCKETS, boundNs, type Grid, ZERO } from '../../figures/grid'

/** Durations, added up: of one slice of time, or of several. */
export class DurationSample {
  count = 0
  sumNs = 0
  /** The number of durations in each bucket of the grid; the first place is for those shorter than a unit. */
  readonly buckets = new Float64Array(BUCKETS)

  static of(distributions: readonly Pick<Distribution, 'count' | 'sumNs' | 'buckets'>[]): DurationSample {
    const sample = new DurationSample()
    for (const { count, sumNs, buckets } of distributions) {
      sample.count += count
      sample.sumNs += sumNs
      for (const [bucket, each] of buckets) (sample.buckets[bucket - ZERO] as number) += each
    }
    return sample
  }

  static sum(samples: readonly DurationSample[]): DurationSample {
    const sum = new DurationSample()
    for (const sample of samples) sum.#add(sample, 1)
    return sum
  }

  /** All of this sample that is not in a part of it. */
  without(part: DurationSample): DurationSample {
    const rest = new DurationSample()
    rest.#add(this, 1)
    rest.#add(part, -1)
    return rest
  }

  #add({ count, sumNs, buckets }: DurationSample, sign: 1 | -1): void {
    this.count += sign * count
    this.sumNs += sign * sumNs
    for (let i = 0; i < BUCKETS; i++) (this.buckets[i] as number) += sign * (buckets[i] as number)
  }
}

/** A figure of two sets of samples, with how far it can be relied upon. */
export interface Estimate {
  value: number
  /** The bounds between which it is with a probability of 95 %. */
  low: number
  high: number
  /** The probability of a difference so large if there were none. */
  p: number
}

const INTERVAL = 0.95
/** The smallest standard error: figures that do not vary at all are no sign of infinite precision. */
const LEAST_ERROR = 1e-6

/**
 * Compares a figure of two sets of samples.
 *
 * Requests of the same second have much in common: the machine was busy, or a cache was cold. So a second, and not
 * a request, is what is taken as independent: each slice is left out in turn, and from how far the figure moves
 * follows its standard error (the delete-a-group jackknife).
 *
 * @param figure - of all samples but one of either side
 * @param expected - the figure's value where there is no difference
 * @param leastError - of the figure, where that is known to be more than what is found
 */
export function estimate(
  before: readonly DurationSample[],
  after: readonly DurationSample[],
  figure: (before: DurationSample, after: DurationSample) => number,
  { expected, leastError = LEAST_ERROR }: { expected: number; leastError?: number }
): Estimate {
  const [earlier, later] = [DurationSample.sum(before), DurationSample.sum(after)]
  const value = figure(earlier, later)
  const ofBefore = jackknifeVariance(before, (left) => figure(earlier.without(left), later))
  const ofAfter = jackknifeVariance(after, (left) => figure(earlier, later.without(left)))
  const error = Math.max(Math.sqrt(ofBefore + ofAfter), leastError)
  // The degrees of freedom of the side that has fewer: there are more only where both vary alike.
  const freedom = Math.min(before.length, after.length) - 1
  const width = error * halfInterval(freedom)
  const p = 2 * (1 - tCumulative(Math.abs(value - expected) / error, freedom))
  return { value, low: value - width, high: value + width, p: Math.min(1, Math.max(0, p)) }
}

/** Half the width of the interval, in standard errors, by degrees of freedom: there are few, and each takes a search. */
const halfIntervals = new Map<number, number>()

function halfInterval(freedom: number): number {
  const known = halfIntervals.get(freedom) ?? tQuantile(1 - (1 - INTERVAL) / 2, freedom)
  halfIntervals.set(freedom, known)
  return known
}

function jackknifeVariance(
  samples: readonly DurationSample[],
  figureWithout: (left: DurationSample) => number
): number {
  const values = samples.map(figureWithout)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return (squares * (values.length - 1)) / values.length
}

/** The logarithm of how many times as long the mean is. */
export function logRatioOfMeans(before: DurationSample, after: DurationSample): number {
  return Math.log(meanOf(after) / meanOf(before))
}

/** The mean, which is at least a nanosecond, so that it has a logarithm. */
function meanOf({ sumNs, count }: DurationSample): number {
  return Math.max(sumNs / count, 1)
}

/**
 * The probability that a request from after took longer than one from before, where those of the same bucket count half:
 * 0.5 where there is no difference (Mann and Whitney's U, as a part of all pairs).
 */
export function superiority(before: DurationSample, after: DurationSample): number {
  let below = 0
  let wins = 0
  for (let i = 0; i < BUCKETS; i++) {
    const one = before.buckets[i] as number
    wins += (after.buckets[i] as number) * (below + one / 2)
    below += one
  }
  return wins / (before.count * after.count)
}

/**
 * The standard error of {@link superiority} for so many independent requests between which there is no
 * difference.
 */
export function leastErrorOfSuperiority(before: number, after: number): number {
  return Math.sqrt((before + after + 1) / (12 * before * after))
}

/** The logarithm of how many times as long a quantile is, which is taken to lie evenly within its bucket. */
export function logRatioOfQuantiles(
  grid: Grid,
  part: number
): (before: DurationSample, after: DurationSample) => number {
  return (before, after) =>
    Math.log(Math.max(1, quantileOf(grid, after, part)) / Math.max(1, quantileOf(grid, before, part)))
}

function quantileOf(grid: Grid, { count, buckets }: DurationSample, part: number): number {
  const rank = part * count
  let below = 0
  for (const [place, each] of buckets.entries()) {
    if (each > 0 && below + each >= rank) {
      const [low, high] = [boundNs(grid, place + ZERO), boundNs(grid, place + ZERO + 1)]
      return low + ((high - low) * (rank - below)) / each
    }
    below += each
  }
  return 0
}

/**
 * Probabilities corrected for how many were looked at (Holm): all that are below 0.05 afterwards are right together, with
 * a probability of 95 %.
 */
export function corrected(probabilities: readonly number[]): number[] {
  const order = probabilities.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p)
  const found = new Array<number>(probabilities.length).fill(1)
  let highest = 0
  for (const [place, { p, index }] of order.entries()) {
    highest = Math.max(highest, Math.min(1, p * (order.length - place)))
    found[index] = highest
  }
  return found
}

/** Student's t: the probability of a value up to this one. */
export function tCumulative(t: number, freedom: number): number {
  if (t < 0) return 1 - tCumulative(-t, freedom)
  return 1 - incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
}

/** The inverse of {@link tCumulative}, for parts of more than a half. */
export function tQuantile(part: number, freedom: number): number {
  let low = 0
  let high = 1
  while (tCumulative(high, freedom) < part) high *= 2
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (tCumulative(middle, freedom) < part) low = middle
    else high = middle
  }
  return high
}

/** The regularized incomplete beta function, by its continued fraction (Lentz). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x))
  return x < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(x, a, b)) / a
    : 1 - (front * continuedFraction(1 - x, b, a)) / b
}

const TINY = 1e-300
const PRECISION = 1e-12
const MOST_STEPS = 500

function continuedFraction(x: number, a: number, b: number): number {
  const notZero = (value: number) => (Math.abs(value) < TINY ? TINY : value)
  let c = 1
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m <= MOST_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / notZero(1 + even * d)
    c = notZero(1 + even / c)
    result *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / notZero(1 + odd * d)
    c = notZero(1 + odd / c)
    const step = d * c
    result *= step
    if (Math.abs(step - 1) < PRECISION) break
  }
  return result
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7
]

function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const z = x - 1
  const sum = LANCZOS.reduce((all, each, i) => all + each / (z + i + 1), 0.9999999999998099)
  const t = z + LANCZOS.length - 0.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}
