import type { HandlerRun } from '../trace/trace'
import type { Handler } from './layer'
import type { RoutedRequest } from './url'

const BEHIND = Symbol('restify-probes.behind')

/** A function that we put on a request, with the one that it stands in for. */
type OnRequest = Handler & { [BEHIND]?: Handler }

/**
 * The router's `next`, which ends the handler first. A router puts its own on
 * the request too, where handlers may call it, or compare the two: while the
 * handler is open, what is there ends it as well.
 */
export function endingNext(run: HandlerRun, req: RoutedRequest, pass: Handler): Handler {
  const next = passTo(run, pass)
  try {
    const found = req.next as OnRequest | undefined
    // A handler that is still open has left its own.
    const behind = found?.[BEHIND] ?? found
    if (isRouters(behind, pass)) putOn(req, run, next, pass, behind)
  } catch {
    // The app has made the property its own.
  }
  return next
}

/**
 * In a route the one on the request is another's: the router's, not the
 * route's. Routers call it `next`; apps may keep there something of theirs.
 */
function isRouters(found: unknown, pass: Handler): found is Handler {
  return found === pass || (typeof found === 'function' && found.name === 'next')
}

function putOn(req: RoutedRequest, run: HandlerRun, next: Handler, pass: Handler, behind: Handler): void {
  const onRequest: OnRequest = behind === pass ? next : passTo(run, behind)
  onRequest[BEHIND] = behind
  req.next = onRequest
  run.onDone = () => {
    open.delete(run)
    try {
      if (req.next === onRequest) req.next = behind
    } catch {}
  }
}

function passTo(run: HandlerRun, to: Handler): Handler {
  return function next(error?: unknown): unknown {
    run.done()
    return to(error)
  }
}

/** Takes back what was left on a request whose trace is over: a router may have kept it, and put it there again. */
export function leave(req: RoutedRequest): void {
  try {
    const behind = (req.next as OnRequest | undefined)?.[BEHIND]
    if (behind !== undefined) req.next = behind
  } catch {}
}

/** Handlers that have returned without passing on. */
const open = new Set<HandlerRun>()

/** A handler has returned, and may pass control on later. */
export function staysOpen(run: HandlerRun): void {
  if (run.onDone !== null) open.add(run)
}

/** Takes what is on requests back, as nothing is traced any more. */
export function leaveRequests(): void {
  for (const { onDone } of open) onDone?.()
  open.clear()
}
