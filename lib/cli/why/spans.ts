/** Spans of time that follow each other, to be asked how much of another span they cover. */
export class Spans {
  readonly #from: Float64Array
  readonly #to: Float64Array
  /** The sum of all before. */
  readonly #before: Float64Array

  /** @param spans - sorted by their starts; where they overlap, the later one counts from the end of the earlier */
  constructor(spans: readonly { fromMs: number; toMs: number }[]) {
    this.#from = new Float64Array(spans.length)
    this.#to = new Float64Array(spans.length)
    this.#before = new Float64Array(spans.length + 1)
    let end = Number.NEGATIVE_INFINITY
    for (const [index, { fromMs, toMs }] of spans.entries()) {
      const from = Math.max(fromMs, end)
      end = Math.max(end, toMs)
      this.#from[index] = from
      this.#to[index] = end
      this.#before[index + 1] = (this.#before[index] as number) + (end - from)
    }
  }

  get totalMs(): number {
    return this.#before[this.#before.length - 1] as number
  }

  /** The time of a span that these cover, in milliseconds. */
  within(fromMs: number, toMs: number): number {
    return toMs <= fromMs ? 0 : this.#until(toMs) - this.#until(fromMs)
  }

  /** The numbers of those that have a part in a span: from the first up to, not including, the second. */
  touching(fromMs: number, toMs: number): [first: number, end: number] {
    return [firstAbove(this.#to, fromMs), firstAbove(this.#from, toMs)]
  }

  #until(time: number): number {
    const index = firstAbove(this.#from, time)
    if (index === 0) return 0
    const from = this.#from[index - 1] as number
    const to = this.#to[index - 1] as number
    return (this.#before[index - 1] as number) + Math.min(time, to) - from
  }
}

/** The place of the first value that is greater, in values that only grow. */
export function firstAbove(values: Float64Array, limit: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] as number) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
