/**
 * Durations are sorted into two buckets for each doubling, so that a quantile is known within a factor of √2,
 * yet every second bound is a power of two of a millisecond (or microsecond), where the guide's rows begin.
 *
 * A bucket's number is the integer part of log2(units²), or ZERO below one unit.
 */
export interface Grid {
  /** The unit that the rows of a distribution count. */
  label: 's' | 'ms' | 'us'
  labelNs: number
  /** A unit is smaller than the label's by so many bits. */
  shift: number
  /** Nanoseconds a unit, as a fraction: BPF has integers only. */
  numerator: number
  denominator: number
}

export const MILLISECONDS: Grid = {
  label: 'ms',
  labelNs: 1e6,
  shift: 12,
  numerator: 15625,
  denominator: 64
}

export const MICROSECONDS: Grid = { label: 'us', labelNs: 1000, shift: 2, numerator: 250, denominator: 1 }

/**
 * The grid whose bounds are powers of √2 of a second: those of OpenTelemetry's exponential histogram
 * of scale 1, and Prometheus's native one of schema 1.
 */
export const SECONDS: Grid = { label: 's', labelNs: 1e9, shift: 20, numerator: 1953125, denominator: 2048 }

export const GRIDS: Record<string, Grid> = { ms: MILLISECONDS, us: MICROSECONDS }

export const ZERO = -1

/**
 * The number of buckets in a histogram of the aggregator: one for what is shorter than a unit, and 63 of two
 * a doubling.
 */
export const BUCKETS = 64

/** The longest duration that the tracing script can hold; longer ones are in this bucket too. */
export const MAX_UNITS = 2 ** 31 - 1

export function bucketOf(grid: Grid, ns: number): number {
  const units = Math.min(Math.floor((ns * grid.denominator) / grid.numerator), MAX_UNITS)
  return units < 1 ? ZERO : Math.floor(Math.log2(units * units))
}

/** The duration at which a bucket begins, and the one before ends. */
export function boundNs(grid: Grid, bucket: number): number {
  if (bucket <= ZERO) return 0
  return (2 ** (bucket / 2) * grid.numerator) / grid.denominator
}

/** The row of the guide's layout in which a bucket is: its lowest value, 0 or a power of two. */
export function rowOf(grid: Grid, bucket: number): number {
  const exponent = Math.floor(bucket / 2) - grid.shift
  return bucket === ZERO || exponent < 0 ? 0 : 2 ** exponent
}
