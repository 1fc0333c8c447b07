import { inspect, types } from 'node:util'
import type { HandlerRun, Trace } from './trace'

/**
 * Ends a handler when its promise rejects, for frameworks that drop the
 * promise: Express 4, router 1 and Connect.
 *
 * The promise is looked at every 20 ms, not subscribed to. A subscription
 * would mark its rejection as handled, and to reject a second promise in its
 * stead would crash apps that handle the first one elsewhere (contract rule 12).
 */
export function endOnRejection(trace: Trace, run: HandlerRun, returned: unknown): void {
  if (!types.isPromise(returned)) return
  const poll = trace.session.poll(() => {
    const state = trace.open ? stateOf(returned) : 'fulfilled'
    if (state === 'pending') return
    poll.remove()
    if (state === 'rejected') run.done()
  })
  run.poll = poll
}

/** The state is read off the promise's printed form, which alone tells it without touching the promise. */
function stateOf(promise: Promise<unknown>): 'pending' | 'rejected' | 'fulfilled' {
  let printed: string
  try {
    printed = inspect(promise, { depth: 0, customInspect: false, maxArrayLength: 0, maxStringLength: 0 })
  } catch {
    // Only the app's own code, which printing one of its objects runs, can fail here.
    return 'rejected'
  }
  const state = /^[^{]*\{\s*<(pending|rejected)>/.exec(printed)?.[1]
  return (state as 'pending' | 'rejected' | undefined) ?? 'fulfilled'
}
