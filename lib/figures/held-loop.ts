/** The shortest stretch that is noted, in nanoseconds: nobody would see a shorter one. */
const SHORTEST = 200_000
/** The number of stretches that are kept: those of the last half a second at least. */
const KEPT = 1024
/** The most of them that one request is told of. */
const MOST_TOLD = 50

/** A stretch of a request's time, in nanoseconds: its start from the request's start, and its length. */
export type Stretch = readonly [startNs: number, durationNs: number]

/**
 * Notes when handlers held the event loop of one thread. A handler that waits at that time can not go on,
 * even if what it waits for has come.
 */
export class HeldLoop {
  readonly #froms = new Float64Array(KEPT)
  readonly #tos = new Float64Array(KEPT)
  readonly #requests = new Float64Array(KEPT)
  #next = 0

  /**
   * @param request - the id of the request whose handler it was
   * @param fromNs - when the handler began, of any clock that is the same for all calls
   */
  note(request: number, fromNs: number, durationNs: number): void {
    if (!(durationNs >= SHORTEST)) return
    const at = this.#next
    this.#requests[at] = request
    this.#froms[at] = fromNs
    this.#tos[at] = fromNs + durationNs
    this.#next = (at + 1) % KEPT
  }

  /** The stretches of a request's time in which other requests' handlers held the loop, the earliest first. */
  byOthers(request: number, fromNs: number, durationNs: number): Stretch[] {
    const toNs = fromNs + durationNs
    const found: [from: number, to: number][] = []
    for (let at = 0; at < KEPT; at++) {
      const from = Math.max(fromNs, this.#froms[at] as number)
      const to = Math.min(toNs, this.#tos[at] as number)
      if (to - from >= SHORTEST && this.#requests[at] !== request) found.push([from, to])
    }
    found.sort(([a], [b]) => a - b)
    const told: [start: number, length: number][] = []
    for (const [from, to] of found) {
      if (told.length === MOST_TOLD) break
      told.push([Math.round(from - fromNs), Math.round(to - from)])
    }
    return told
  }
}
