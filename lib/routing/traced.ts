import type { IncomingMessage } from 'node:http'
import type { HandlerRun, Trace } from '../trace/trace'
import type { Handler, Layer } from './layer'

/** A request that is traced. */
export interface TracedRequest {
  readonly trace: Trace
  /**
   * A layer's function is about to run.
   *
   * @param next - what the function will be given to pass control on
   * @returns the run to end when the handler is done; null if the function is no handler
   */
  enterLayer(layer: Layer, next: Handler): HandlerRun | null
  /** A handler is about to pass control on: what it has added to the stack that it is in must be seen too. */
  leaveLayer(run: HandlerRun): void
}

const TRACED = Symbol('restify-probes.traced')

type Marked = IncomingMessage & { [TRACED]?: TracedRequest }

export function tracedOf(req: IncomingMessage): TracedRequest | undefined {
  return (req as Marked)[TRACED]
}

export function markTraced(req: IncomingMessage, traced: TracedRequest): void {
  ;(req as Marked)[TRACED] = traced
}
