import { BUCKETS, type Grid, ZERO } from '../figures/grid'

const bits = new Float64Array(1)
const words = new Uint32Array(bits.buffer)
/** The index of the 16-bit word of a double that has its exponent. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0
/**
 * The exponent begins above 20 bits of fraction, and is 1023 too large; a histogram's first place is
 * ZERO's.
 */
const FRACTION_BITS = 20
const BIAS = 1023 + ZERO

/**
 * Finds the place of a duration in a histogram: the bucket's number in the grid, less ZERO. The exponent of a
 * floating-point number is the whole part of its logarithm: reading it takes a third of what `Math.log2` takes, or less.
 */
export class BucketIndex {
  private readonly unitsAMillisecond: number

  constructor(grid: Grid) {
    this.unitsAMillisecond = (1e6 * grid.denominator) / grid.numerator
  }

  of(milliseconds: number): number {
    const units = milliseconds * this.unitsAMillisecond
    if (!(units >= 1)) return 0
    bits[0] = units * units
    const place = ((words[HIGH] as number) >>> FRACTION_BITS) - BIAS
    return place < BUCKETS ? place : BUCKETS - 1
  }
}
