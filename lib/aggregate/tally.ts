import { BUCKETS } from '../figures/grid'

const COUNT = 0
const SUM = 1
const MIN = 2
const MAX = 3
const BUSY = 4
const FIRST_BUCKET = 5
const FIRST_CLASSIC = FIRST_BUCKET + BUCKETS

/** The number of tallies in one block of memory. */
const TALLIES_A_BLOCK = 32

/** Hands out memory for tallies, block after block, so that none ever has to be copied for want of room. */
export class TallyMemory {
  readonly #width: number
  #block = new Float64Array(0)
  #used = 0

  /** @param classic - the number of buckets that each tally has beside its histogram */
  constructor(classic = 0) {
    this.#width = FIRST_CLASSIC + classic
  }

  next(): Tally {
    if (this.#used === this.#block.length) {
      this.#block = new Float64Array(this.#width * TALLIES_A_BLOCK)
      this.#used = 0
    }
    const cells = this.#block.subarray(this.#used, this.#used + this.#width)
    this.#used += this.#width
    return new Tally(cells)
  }
}

/**
 * Durations that were added up: their number, their sum, the shortest, the longest, the busy time, a
 * histogram.
 */
export class Tally {
  private readonly cells: Float64Array

  constructor(cells: Float64Array) {
    this.cells = cells
    cells[MIN] = Number.POSITIVE_INFINITY
  }

  /**
   * @param milliseconds - the duration
   * @param busy - the part of it for which the event loop was held, in milliseconds
   * @param place - the duration's place in the histogram
   */
  add(milliseconds: number, busy: number, place: number): void {
    const { cells } = this
    ;(cells[COUNT] as number)++
    ;(cells[SUM] as number) += milliseconds
    if (milliseconds < (cells[MIN] as number)) cells[MIN] = milliseconds
    if (milliseconds > (cells[MAX] as number)) cells[MAX] = milliseconds
    ;(cells[BUSY] as number) += busy
    ;(cells[FIRST_BUCKET + place] as number)++
  }

  /** @param bucket - the number of the boundary that a duration, which was added, did not exceed */
  addClassic(bucket: number): void {
    ;(this.cells[FIRST_CLASSIC + bucket] as number)++
  }

  get count(): number {
    return this.cells[COUNT] as number
  }

  /** The sum, in milliseconds. */
  get sum(): number {
    return this.cells[SUM] as number
  }

  /** The shortest, in milliseconds; infinite as long as nothing was added. */
  get min(): number {
    return this.cells[MIN] as number
  }

  /** The longest, in milliseconds. */
  get max(): number {
    return this.cells[MAX] as number
  }

  /** The part of the sum for which the event loop was held, in milliseconds. */
  get busy(): number {
    return this.cells[BUSY] as number
  }

  /**
   * The number of durations in each bucket; the first place is for those shorter than a unit of the grid. It
   * must not be written to.
   */
  get histogram(): Float64Array {
    return this.cells.subarray(FIRST_BUCKET, FIRST_CLASSIC)
  }

  /**
   * For each of the aggregator's boundaries, the number of durations that were longer than the boundary
   * before and did not exceed this one; then the number of those that exceeded all. It is empty if there are
   * no boundaries.
   */
  get classic(): Float64Array {
    return this.cells.subarray(FIRST_CLASSIC)
  }

  clear(): void {
    this.cells.fill(0)
    this.cells[MIN] = Number.POSITIVE_INFINITY
  }
}
