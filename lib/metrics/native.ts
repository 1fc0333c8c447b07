import { SECONDS } from '../figures/grid'

/** Two buckets a doubling: Prometheus calls it schema 1, OpenTelemetry scale 1. */
export const SCHEMA = 1

/** The end of a histogram's first place, in seconds. That place is for durations of zero or nearly so. */
export const ZERO_THRESHOLD = 2 ** -SECONDS.shift

/** Prometheus's number of the bucket that a place is: the bucket ends at (√2)^number seconds. */
export function indexOf(place: number): number {
  return place - 2 * SECONDS.shift
}
