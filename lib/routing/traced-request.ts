import type { IncomingMessage } from 'node:http'
import type { HandlerRun, Trace } from '../trace/trace'
import type { Dispatch } from './dispatch'
import type { Handler, Layer } from './layer'
import type { NextWrapper } from './next-wrapper'

/** A request that is traced. */
export interface TracedRequest {
  readonly trace: Trace
  readonly nextWrapper: NextWrapper
  /**
   * A layer's function is about to run.
   *
   * @param next - what the function will be given to pass control on
   * @returns the run to end when the handler is done; null if the function is no handler
   */
  enterLayer(layer: Layer, next: Handler): HandlerRun<Dispatch | null> | null
  /** A handler is about to pass control on: what it has added to the stack that it is in must be seen too. */
  leaveLayer(run: HandlerRun<Dispatch | null>): void
}

const TRACED = Symbol('restify-probes.traced')
const UNTRACED = Symbol('restify-probes.untraced')

type Marked = { [TRACED]?: TracedRequest; [UNTRACED]?: true }

// Handlers of one request mostly follow each other.
let latest: IncomingMessage | null = null
let latestTraced: TracedRequest | undefined

export function tracedOf(req: IncomingMessage): TracedRequest | undefined {
  if (req === latest) return latestTraced
  const traced = markedOf(req)[TRACED]
  // A request that is over is asked about rarely. It should not be kept for that.
  if (traced?.trace.open) {
    latest = req
    latestTraced = traced
  }
  return traced
}

export function markTraced(req: IncomingMessage, traced: TracedRequest): void {
  markedOf(req)[TRACED] = traced
  latest = req
  latestTraced = traced
}

/** A request has come, while there was no tracer, to a route that would have begun its trace (contract rule 3). */
export function markUntraced(req: IncomingMessage): void {
  try {
    markedOf(req)[UNTRACED] = true
  } catch {}
}

/** Whether a request is traced already, or was marked as one that must not be. */
export function isMarked(req: IncomingMessage): boolean {
  if (req === latest) return true
  const marked = markedOf(req)
  return marked[TRACED] !== undefined || marked[UNTRACED] === true
}

/** Lets go of a request that is over. */
export function forget(req: IncomingMessage): void {
  if (req !== latest) return
  latest = null
  latestTraced = undefined
}

/**
 * Express gives each request a hidden class of its own, in which V8 finds
 * nothing fast that is new; its stream's state has the same one as all others.
 * An object that was made of a request by `Object.create` is another request, with the
 * same state.
 */
function markedOf(req: IncomingMessage): Marked {
  const state = Object.hasOwn(req, '_readableState')
    ? (req as { _readableState?: unknown })._readableState
    : undefined
  return (typeof state === 'object' && state !== null ? state : req) as Marked
}
