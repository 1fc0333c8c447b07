import { BUCKETS } from '../figures/grid'

const COUNT = 0
const SUM = 1
const MIN = 2
const MAX = 3
const BUSY = 4
const FIRST_BUCKET = 5
const WIDTH = FIRST_BUCKET + BUCKETS

/** How many tallies lie in one block of memory. */
const TALLIES_A_BLOCK = 32

/** Hands out memory for tallies, block after block, so that none ever has to be copied for want of room. */
export class TallyMemory {
  #block = new Float64Array(0)
  #used = 0

  next(): Tally {
    if (this.#used === this.#block.length) {
      this.#block = new Float64Array(WIDTH * TALLIES_A_BLOCK)
      this.#used = 0
    }
    const cells = this.#block.subarray(this.#used, this.#used + WIDTH)
    this.#used += WIDTH
    return new Tally(cells)
  }
}

/** Durations that were added up: how many, their sum, the shortest, the longest, the busy time, a histogram. */
export class Tally {
  private readonly cells: Float64Array

  constructor(cells: Float64Array) {
    this.cells = cells
    cells[MIN] = Number.POSITIVE_INFINITY
  }

  /**
   * @param milliseconds - the duration
   * @param busy - how long of it the event loop was held, in milliseconds
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

  get count(): number {
    return this.cells[COUNT] as number
  }

  /** In milliseconds. */
  get sum(): number {
    return this.cells[SUM] as number
  }

  /** In milliseconds; infinite as long as nothing was added. */
  get min(): number {
    return this.cells[MIN] as number
  }

  /** In milliseconds. */
  get max(): number {
    return this.cells[MAX] as number
  }

  /** In milliseconds: how long of the sum the event loop was held. */
  get busy(): number {
    return this.cells[BUSY] as number
  }

  /** How many durations fell into each bucket; the first place is for those shorter than a unit of the grid. Not to be written to. */
  get histogram(): Float64Array {
    return this.cells.subarray(FIRST_BUCKET)
  }

  clear(): void {
    this.cells.fill(0)
    this.cells[MIN] = Number.POSITIVE_INFINITY
  }
}
