import type { AsyncLocalStorage } from 'node:async_hooks'
import { MAX_CALLS, type OutgoingCall } from './call'

/**
 * The calls of one request. Nothing of the request itself is in it, as what a handler leaves behind
 * keeps it.
 */
export class RequestCalls {
  kept = 0
  /** The calls for which there was no room. */
  leftOut = 0
  /** True once the request is done: what is called then is nobody's. */
  closed = false

  constructor(readonly storage: CallStorage) {}
}

/** The calls of one handler's run. It is what all that the handler does is done in. */
export class CallScope {
  first: OutgoingCall | null = null
  private last: OutgoingCall | null = null
  private readonly request: RequestCalls

  constructor(request: RequestCalls) {
    this.request = request
  }

  /** Runs a function so that its calls are found to be made in this scope, whenever it makes them. */
  run(fn: (...args: never[]) => unknown, self: unknown, args: readonly unknown[]): unknown {
    const { storage } = this.request
    const action = () => Reflect.apply(fn, self, args)
    // Perhaps nobody watches any more, and then nothing must be switched on again.
    return storage.watched ? storage.context.run(this, action) : action()
  }

  /** Whether a call is to be kept. It is counted if it is not. */
  hasRoom(): boolean {
    const { request } = this
    if (request.closed) return false
    if (request.kept < MAX_CALLS) return true
    request.leftOut++
    return false
  }

  add(call: OutgoingCall): void {
    this.request.kept++
    if (this.last === null) this.first = call
    else this.last.nextCall = call
    this.last = call
  }
}

/** The place where the scope of this moment is found. */
export interface CallStorage {
  readonly watched: boolean
  readonly context: AsyncLocalStorage<CallScope>
}
