import { boundNs, SECONDS, ZERO } from '../figures/grid'

/**
 * The boundaries, in seconds, that OpenTelemetry's semantic conventions advise for the duration of HTTP
 * requests.
 */
export const HTTP_BOUNDARIES: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
]

/**
 * The duration, in seconds, at which a place of a histogram on the grid of seconds begins, and the one before
 * it ends.
 */
export function beginOf(place: number): number {
  return boundNs(SECONDS, place + ZERO) / 1e9
}

/**
 * For each boundary, the number of durations that were at most as long, from a histogram that has other
 * bounds. Where a boundary lies within a place, that place's durations count as if they were spread evenly.
 * Numbers are rounded down, so that none of them ever falls, nor exceeds the next.
 */
export function interpolated(places: ArrayLike<number>, boundaries: readonly number[]): number[] {
  let below = 0
  let place = 0
  return boundaries.map((boundary) => {
    for (; place < places.length && beginOf(place + 1) <= boundary; place++) below += places[place] as number
    const begin = beginOf(place)
    const part = Math.max(0, boundary - begin) / (beginOf(place + 1) - begin)
    return below + Math.floor(part * (places[place] ?? 0))
  })
}
