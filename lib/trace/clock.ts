import { performance } from 'node:perf_hooks'

/** As it is when the package is loaded: an app's tests may put a clock of their own in its place. */
const read = performance.now

/** The time, in milliseconds with fractions, that `performance.now()` of this thread tells. */
export function milliseconds(): number {
  return read.call(performance)
}
