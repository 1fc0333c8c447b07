import { Distribution } from './distribution'
import type { Grid } from './grid'
import { isError } from './status-code'

/** Requests that have one value in common. */
export interface Group {
  durations: Distribution
  /** The number of them that were errors. */
  errors: number
}

/** The most values of one name that are told apart: clients choose what they send. */
const MAX_VALUES = 1000
/** The longest value, in characters. */
const MAX_LENGTH = 200
const OTHERS = '(other values)'

/** Requests, added up by a value that each of them has, such as that of a header. */
export class Groups {
  readonly values = new Map<string, Group>()
  readonly #grid: Grid

  constructor(grid: Grid) {
    this.#grid = grid
  }

  add(value: string, durationNs: number, status: number): void {
    const group = this.#group(value.slice(0, MAX_LENGTH))
    group.durations.record(durationNs)
    if (isError(status)) group.errors++
  }

  /** The groups, the slowest last. */
  sorted(): [value: string, group: Group][] {
    return [...this.values].sort(
      ([a, { durations: one }], [b, { durations: other }]) =>
        one.quantile(0.99) - other.quantile(0.99) || one.maxNs - other.maxNs || (a < b ? -1 : 1)
    )
  }

  #group(value: string): Group {
    const known = this.values.get(value)
    if (known !== undefined) return known
    const name = this.values.size < MAX_VALUES ? value : OTHERS
    const group = this.values.get(name) ?? { durations: new Distribution(this.#grid), errors: 0 }
    this.values.set(name, group)
    return group
  }
}
