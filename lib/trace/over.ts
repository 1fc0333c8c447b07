import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** As nginx logs a client that went away, and restify since release 7 reports it (contract rule 9). */
const CLIENT_CLOSED_REQUEST = 444

/** Calls back once, when the response has finished or its connection has closed, with the status for route-done. */
export function whenOver(
  req: IncomingMessage,
  res: ServerResponse,
  done: (statusCode: number) => void
): void {
  let isOver = false
  let stopWaiting: (() => void) | undefined
  const over = (complete: boolean) => {
    if (isOver) return
    isOver = true
    stopWaiting?.()
    done(complete ? statusOf(res) : CLIENT_CLOSED_REQUEST)
  }
  if (isEnded(res) && res.writableFinished) {
    setImmediate(over, !hasFailed(req))
    return
  }
  if (res.destroyed || (!res.socket && req.socket?.destroyed)) {
    setImmediate(over, false)
    return
  }
  // What is written to a connection that has closed counts as finished too.
  const gone = req.socket?.destroyed
  // Of HTTP/2, a stream that was reset counts as finished, but was not ended.
  res.on('finish', () => over(!gone && isEnded(res)))
  res.on('close', () => over(false))
  // A pipelined request waits for its turn on the socket, which may never come.
  if (!res.socket && req.socket) stopWaiting = Closing.wait(req.socket, () => over(false))
}

/**
 * Whether the app has ended a response. `writableEnded` tells the same, but is
 * a getter, which takes V8 long on the object of its own kind that a response
 * of Express's is.
 */
export function isEnded(res: ServerResponse): boolean {
  return res.finished
}

/** Node fails the requests of a connection that closes before they are answered. */
function hasFailed({ errored }: IncomingMessage): boolean {
  return errored !== null && errored !== undefined
}

/** Those who wait for a socket to close share one listener: of many, Node would warn. */
class Closing {
  static readonly #of = new WeakMap<Socket, Closing>()
  readonly #actions = new Set<() => void>()
  readonly #runAll = () => {
    for (const action of [...this.#actions]) action()
  }

  /** @returns what ends the waiting */
  static wait(socket: Socket, action: () => void): () => void {
    const closing = Closing.#of.get(socket) ?? new Closing()
    if (closing.#actions.size === 0) {
      Closing.#of.set(socket, closing)
      socket.once('close', closing.#runAll)
    }
    closing.#actions.add(action)
    return () => closing.#leave(socket, action)
  }

  #leave(socket: Socket, action: () => void): void {
    if (this.#actions.delete(action) && this.#actions.size === 0) socket.off('close', this.#runAll)
  }
}

/** A getter of the app's may be in the way. */
function statusOf(res: ServerResponse): number {
  try {
    return Number(res.statusCode) | 0
  } catch {
    return 0
  }
}
