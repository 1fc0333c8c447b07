import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { types } from 'node:util'
import type { Closings } from './closings'

/** As nginx logs a client that went away, and restify since release 7 reports it (contract rule 9). */
const CLIENT_CLOSED_REQUEST = 444

/** Calls back once, when the response has finished or its connection has closed, with the status for route-done. */
export function whenOver(
  req: IncomingMessage,
  res: ServerResponse,
  closings: Closings,
  done: (statusCode: number) => void
): void {
  const socket = socketOf(req, res)
  let isOver = false
  let stopWaiting: (() => void) | undefined
  const over = (complete: boolean) => {
    if (isOver) return
    isOver = true
    stopWaiting?.()
    done(complete ? statusOf(res) : CLIENT_CLOSED_REQUEST)
  }
  const closed = () => over(false)
  if (isEnded(res) && res.writableFinished) {
    setImmediate(over, !hasFailed(req))
    return
  }
  if (res.destroyed || (!res.socket && socket?.destroyed)) {
    setImmediate(closed)
    return
  }
  // What is written to a connection that has closed counts as finished too.
  const gone = socket?.destroyed
  let isSent = false
  res.on('prefinish', () => {
    isSent = socket !== null && !socket.destroyed && socket.writableLength === 0
  })
  res.on('finish', () => over(!gone && (isSent || isComplete(res, socket))))
  // Not on the response: a pipelined one may never get its turn on the socket, and one may be taken off it.
  if (socket !== null) stopWaiting = closings.wait(socket, closed)
  if (socket === null || !res.socket) res.on('close', closed)
}

/** Null for HTTP/2, where a connection has many requests at a time, and for objects that only look like a request. */
function socketOf({ socket }: IncomingMessage, res: ServerResponse): Socket | null {
  // HTTP/2 gives a proxy for a socket. To ask the response takes V8 long, as for `finished` below.
  if (types.isProxy(socket) && isHttp2(res)) return null
  return typeof socket?.once === 'function' ? socket : null
}

/**
 * Whether a response that has finished was complete, if it was not sent at once:
 * Node calls finished what a connection that closed took with it, and of HTTP/2
 * a stream that was reset.
 */
function isComplete(res: ServerResponse, socket: Socket | null): boolean {
  if (!isEnded(res)) return false
  return isHttp2(res) ? res.writableFinished : !socket?.destroyed && !socket?.errored
}

function isHttp2(res: ServerResponse): boolean {
  return (res as { stream?: unknown }).stream !== undefined
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

/** A getter of the app's may be in the way. */
function statusOf(res: ServerResponse): number {
  try {
    return Number(res.statusCode) | 0
  } catch {
    return 0
  }
}
