import { performance } from 'node:perf_hooks'

/** The clock as it was when the package was loaded. An app's tests may put one of their own in its place. */
const read = performance.now

/** The time, in milliseconds with fractions, that `performance.now()` of this thread tells. */
export function milliseconds(): number {
  return read.call(performance)
}
