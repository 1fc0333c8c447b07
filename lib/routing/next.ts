import { Chain, type Link } from '../chain'
import type { HandlerRun, RunObserver } from '../trace/trace'
import type { Handler } from './layer'
import type { RoutedRequest } from './url'

/** Stand-ins of handlers that have returned without passing on. */
const leftOpen = new Chain<StandIn>()

/** A function of ours on a request, and the router's that was there. */
class StandIn implements RunObserver {
  private link: Link<StandIn> | null = null

  constructor(
    private readonly nexts: Nexts,
    readonly ours: Handler,
    readonly behind: Handler,
    public earlier: StandIn | null
  ) {}

  handlerLeftOpen(): void {
    this.link = leftOpen.add(this)
  }

  handlerDone(): void {
    this.link?.leave()
    this.nexts.takeBack(this)
  }
}

/** Takes what is on requests back, as nothing is traced any more. */
export function leaveRequests(): void {
  leftOpen.each((standIn) => standIn.handlerDone())
}

/**
 * What one request's handlers are given to pass control on: the router's
 * `next`, which ends the handler first. A router puts its own on the request
 * too, where handlers may call it, or compare the two: while the handler is
 * open, what is there ends it as well.
 */
export class Nexts {
  /** The last of those that are on the request, or that a router may have kept to put them there again. */
  private latest: StandIn | null = null
  private readonly req: RoutedRequest

  constructor(req: RoutedRequest) {
    this.req = req
  }

  /** @param pass - what the router gave the handler */
  ending(run: HandlerRun, pass: Handler): Handler {
    const next = passTo(run, pass)
    try {
      // A handler that is still open has left its own.
      const behind = this.behind(this.req.next)
      if (isRouters(behind, pass)) this.putOn(run, next, pass, behind)
    } catch {
      // The app has made the property its own.
    }
    return next
  }

  /** Takes back what was left on a request whose trace is over. */
  leave(): void {
    try {
      const found = this.req.next
      const behind = this.behind(found)
      if (behind !== found) this.req.next = behind as Handler
    } catch {}
  }

  private behind(found: Handler | undefined): Handler | undefined {
    for (let standIn = this.latest; standIn !== null; standIn = standIn.earlier)
      if (standIn.ours === found) return standIn.behind
    return found
  }

  private putOn(run: HandlerRun, next: Handler, pass: Handler, behind: Handler): void {
    const standIn = new StandIn(this, behind === pass ? next : passTo(run, behind), behind, this.latest)
    this.req.next = standIn.ours
    this.latest = standIn
    run.observer = standIn
  }

  /** To call when the handler is done for which it was put there. */
  takeBack(standIn: StandIn): void {
    try {
      if (this.req.next !== standIn.ours) return
      this.req.next = standIn.behind
    } catch {
      return
    }
    this.drop(standIn)
  }

  private drop(standIn: StandIn): void {
    if (this.latest === standIn) {
      this.latest = standIn.earlier
      return
    }
    for (let later = this.latest; later !== null; later = later.earlier)
      if (later.earlier === standIn) later.earlier = standIn.earlier
  }
}

/**
 * In a route the one on the request is another's: the router's, not the
 * route's. Routers call it `next`; apps may keep there something of theirs.
 */
function isRouters(found: unknown, pass: Handler): found is Handler {
  return found === pass || (typeof found === 'function' && found.name === 'next')
}

function passTo(run: HandlerRun, to: Handler): Handler {
  return function next(error?: unknown): unknown {
    run.done()
    return to(error)
  }
}
