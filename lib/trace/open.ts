import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Redaction } from '../redaction/redaction'
import { MessageHeaders } from './headers'
import { onFinished } from './on-finished'
import type { Trace } from './trace'

/**
 * Fires a request's route-start now, and its route-done when the response has finished or its connection has
 * closed. A framework that has no stack of layers can open its traces with this, since it needs nothing of a
 * router's.
 *
 * @param redaction - the values to keep out of probes
 * @param done - runs after route-done
 */
export function openTrace(
  trace: Trace,
  req: IncomingMessage & { originalUrl?: string },
  res: ServerResponse,
  redaction: Redaction,
  done: () => void
): void {
  try {
    onFinished(req, res, trace.session.closeListeners, (statusCode) => {
      trace.finish(statusCode, new MessageHeaders(() => res.getHeaders(), redaction))
      done()
    })
  } catch {
    // It is an object that only looks like a response: nobody would tell of its end.
    trace.abandon()
    return
  }
  trace.socket = req.socket ?? null
  const url = redaction.target(req.originalUrl ?? req.url ?? '')
  trace.start(req.method ?? '', url, new MessageHeaders(() => req.headers, redaction))
}
