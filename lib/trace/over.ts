import type { IncomingMessage, ServerResponse } from 'node:http'
import onFinished from 'on-finished'

/** As nginx logs a client that went away, and restify since release 7 reports it (contract rule 9). */
const CLIENT_CLOSED_REQUEST = 444

/** Calls back once, when the response has finished or its connection has closed, with the status for route-done. */
export function whenOver(
  req: IncomingMessage,
  res: ServerResponse,
  done: (statusCode: number) => void
): void {
  // What is written to a connection that has closed counts as finished too.
  const gone = !res.writableFinished && (res.destroyed || req.socket?.destroyed)
  const over = () => {
    req.socket?.off('close', over)
    done(!gone && isComplete(res) ? statusOf(res) : CLIENT_CLOSED_REQUEST)
  }
  if (res.writableEnded && !res.writableFinished && res.socket) {
    // Ended before we were asked, and still on its way: on-finished would call that finished.
    const once = onlyOnce(over)
    res.once('finish', once)
    res.once('close', once)
    return
  }
  // A pipelined request waits for its turn on the socket, which may never come.
  if (!res.socket) req.socket?.once('close', over)
  onFinished(res, over)
}

/** A getter of the app's may be in the way. */
function statusOf(res: ServerResponse): number {
  try {
    return Number(res.statusCode) | 0
  } catch {
    return 0
  }
}

/** Of HTTP/2, a stream that was reset counts as finished, but was not ended. */
function isComplete(res: ServerResponse): boolean {
  return res.writableEnded && res.writableFinished
}

function onlyOnce(action: () => void): () => void {
  let called = false
  return () => {
    if (called) return
    called = true
    action()
  }
}
