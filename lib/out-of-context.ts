import { AsyncResource } from 'node:async_hooks'

const loading = new AsyncResource('restify-probes')
// The resource holds nothing open. A tool that looks for what an app has left open, as Jest does, would
// count it.
loading.emitDestroy()

/**
 * Runs something in the async context in which the package was loaded: a timer that outlives the request which starts
 * it must not keep that request's context alive.
 */
export function outOfContext<T>(action: () => T): T {
  return loading.runInAsyncScope(action)
}
