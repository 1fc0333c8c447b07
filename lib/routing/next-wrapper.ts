import { type Link, LinkedList } from '../linked-list'
import type { HandlerRun, RunObserver } from '../trace/trace'
import type { Handler } from './layer'
import type { RoutedRequest } from './url'

/** The replaced `next` functions of handlers that have returned without passing control on. */
const leftOpen = new LinkedList<ReplacedNext>()

/** A function of ours in `req.next`, and the router's that was there before. */
class ReplacedNext implements RunObserver {
  private link: Link<ReplacedNext> | null = null

  constructor(
    private readonly wrapper: NextWrapper,
    readonly ours: Handler,
    readonly original: Handler,
    public earlier: ReplacedNext | null
  ) {}

  handlerLeftOpen(): void {
    this.link = leftOpen.append(this)
  }

  handlerDone(): void {
    this.link?.remove()
    this.wrapper.restore(this)
  }
}

/** Restores `req.next` of all requests, as nothing is traced any more. */
export function restoreRequests(): void {
  leftOpen.each((replaced) => replaced.handlerDone())
}

/**
 * Wraps the `next` that one request's handlers are given to pass control on, so that it ends the handler first. A
 * router puts its own `next` on the request too, where handlers may call it, or compare the two. While the handler
 * is open, `req.next` ends it as well.
 */
export class NextWrapper {
  /** The last of those that are in `req.next`, or that a router may have kept to put them there again. */
  private latest: ReplacedNext | null = null
  private readonly req: RoutedRequest

  constructor(req: RoutedRequest) {
    this.req = req
  }

  /** @param pass - the `next` that the router gave the handler */
  wrap(run: HandlerRun, pass: Handler): Handler {
    const next = ending(run, pass)
    try {
      // A handler that is still open may have left a function of ours there.
      const original = this.originalOf(this.req.next)
      if (isRouters(original, pass)) this.replace(run, next, pass, original)
    } catch {
      // The app has made the property its own.
    }
    return next
  }

  /** Restores `req.next` of a request whose trace is over. */
  leave(): void {
    try {
      const found = this.req.next
      const original = this.originalOf(found)
      if (original !== found) this.req.next = original as Handler
    } catch {}
  }

  private originalOf(found: Handler | undefined): Handler | undefined {
    for (let replaced = this.latest; replaced !== null; replaced = replaced.earlier)
      if (replaced.ours === found) return replaced.original
    return found
  }

  private replace(run: HandlerRun, next: Handler, pass: Handler, original: Handler): void {
    const ours = original === pass ? next : ending(run, original)
    const replaced = new ReplacedNext(this, ours, original, this.latest)
    this.req.next = ours
    this.latest = replaced
    run.observer = replaced
  }

  /** Must be called when the handler is done for which `req.next` was replaced. */
  restore(replaced: ReplacedNext): void {
    try {
      if (this.req.next !== replaced.ours) return
      this.req.next = replaced.original
    } catch {
      return
    }
    this.drop(replaced)
  }

  private drop(replaced: ReplacedNext): void {
    if (this.latest === replaced) {
      this.latest = replaced.earlier
      return
    }
    for (let later = this.latest; later !== null; later = later.earlier)
      if (later.earlier === replaced) later.earlier = replaced.earlier
  }
}

/** Whether `req.next` is a router's. Inside a route, it is the router's `next`, not the route's. Apps may keep theirs there. */
function isRouters(found: unknown, pass: Handler): found is Handler {
  return found === pass || (typeof found === 'function' && found.name === 'next')
}

/** A `next` that ends the handler first. Its name is `next`, as that of a router's own is. */
function ending(run: HandlerRun, to: Handler): Handler {
  return function next(error?: unknown): unknown {
    run.done()
    return to(error)
  }
}
