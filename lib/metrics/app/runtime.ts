import type { Runtime } from '../../runtime'
import { RUNTIME_OF } from '../../runtime-key'

/** @param restifyProbes - the package's main function */
export function runtimeOf(restifyProbes: object): Runtime {
  return (restifyProbes as { [RUNTIME_OF]: () => Runtime })[RUNTIME_OF]()
}
