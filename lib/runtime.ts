import type { IncomingMessage, ServerResponse } from 'node:http'
import { Offer } from './aggregate/socket/offer'
import type { Middleware } from './middleware'
import { Provider } from './provider/provider'
import type { RecordConsumer } from './provider/record'
import type { Settings } from './read-options'
import { Redaction } from './redaction/redaction'
import { Arrival } from './routing/arrival'
import type { RoutingContext } from './routing/context'
import type { Handler } from './routing/layer'
import { LayerInfos } from './routing/layer-info'
import { Locations } from './routing/locations'
import { beginsTraces, markOurs, markRouteName } from './routing/ours'
import { inspectorProblem } from './routing/own-inspector'
import { RouteNaming } from './routing/route-naming'
import { Routing } from './routing/routing'
import { forget, isMarked, markTraced, markUntraced, tracedOf } from './routing/traced-request'
import type { RoutedRequest } from './routing/url'
import { RUNTIME_KEY } from './runtime-key'
import type { Status } from './status'
import { openTrace } from './trace/open'
import { Sessions } from './trace/session'
import { Trace } from './trace/trace'

/** One middleware, with what its options mean. */
interface Use {
  middleware: Handler
  settings: Settings
  context: RoutingContext
  /** The values to keep out of probes: which those are may grow as the app is set up. */
  redaction(): Redaction
}

/** All that happens in one thread, for however many copies of the package and apps are in it. */
export class Runtime {
  readonly #provider: Provider
  readonly #sessions: Sessions
  readonly #routing: Routing
  readonly #offer: Offer
  /** All that any middleware was told to redact: what opts in by itself does not know by which app it is used. */
  readonly #redactNames = new Set<string>()
  #redactionOfAll = new Redaction([])
  /** The end of the status message, which tells what works less well in this process; empty where nothing does. */
  #limits: string | undefined

  constructor(provider: Provider = new Provider()) {
    this.#provider = provider
    this.#sessions = new Sessions(provider)
    this.#routing = new Routing(new LayerInfos(provider.names, new Locations(provider.names)))
    this.#offer = new Offer({
      addConsumer: (consumer) => this.addConsumer(consumer),
      provider: () => provider.status().provider
    })
  }

  middleware(settings: Settings): Middleware {
    if (settings.redact.length > 0) {
      for (const name of settings.redact) this.#redactNames.add(name)
      this.#redactionOfAll = new Redaction([...this.#redactNames])
    }
    const redaction = new Redaction(settings.redact)
    return this.#makeMiddleware(
      settings,
      () => redaction,
      () => {}
    )
  }

  /** The middleware that names the route in whose stack it is, and traces requests that come to it untraced. */
  route(name: string, settings: Settings): Middleware {
    // A request that came to restifyProbes() before is found by the search, and needs no mark.
    const middleware = this.#makeMiddleware(settings, () => this.#redactionOfAll, markUntraced)
    return markRouteName(middleware, name)
  }

  #makeMiddleware(
    settings: Settings,
    redaction: () => Redaction,
    unwatched: (req: IncomingMessage) => void
  ): Middleware {
    this.#offer.make(settings.attach)
    const naming = new RouteNaming(this.#provider.names, settings.table, settings.routeName)
    const context = this.#routing.contextFor(naming)
    const use: Use = { middleware: restifyProbes, settings, context, redaction }
    const begin = (req: IncomingMessage, res: ServerResponse, next: Handler) =>
      this.#begin(req, res, next, use)
    const provider = this.#provider
    const sessions = this.#sessions

    function restifyProbes(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void {
      if (provider.active()) {
        begin(req, res, next)
      } else {
        sessions.end()
        unwatched(req)
      }
      next()
    }
    return markOurs(restifyProbes)
  }

  /** Whether a function is one that `restifyProbes()` gave, through whichever copy of the package in this thread. */
  isMiddleware(fn: Handler): boolean {
    return beginsTraces(fn)
  }

  /** The socket for commands. */
  get offer(): Offer {
    return this.#offer
  }

  /** Ends what runs for an app that has its middleware no more. */
  close(): void {
    this.#offer.close()
    this.#sessions.end()
  }

  requestId(req: IncomingMessage): number | undefined {
    return tracedOf(req)?.trace.id
  }

  status(): Status {
    const status = this.#provider.status()
    this.#limits ??= limits()
    return { ...status, message: status.message + this.#limits, attach: this.#offer.status() }
  }

  /**
   * Adds a consumer that is called directly, once for each request that begins from now on and is done.
   *
   * @returns what removes it
   */
  addConsumer(consumer: RecordConsumer): () => void {
    return this.#provider.add(consumer)
  }

  /** Never throws: what goes wrong here must not reach the app (contract rule 12). */
  #begin(
    req: RoutedRequest,
    res: ServerResponse,
    next: Handler,
    { middleware, settings, context, redaction }: Use
  ): void {
    try {
      // Some call a router with objects of their own, of whose end nobody is told.
      if (isMarked(req) || typeof res.finished !== 'boolean') return
      const session = this.#sessions.get()
      const app = settings.app ?? req.app
      const followed = this.#routing.follow(new Arrival(req, middleware, next, app), context, session)
      if (followed === null) return
      const server = this.#provider.names.of(settings.name ?? followed.framework)
      const trace = new Trace(this.#provider, session, server, followed.ahead)
      followed.trace = trace
      markTraced(req, followed)
      openTrace(trace, req, res, redaction(), () => forget(req))
    } catch {}
  }
}

function limits(): string {
  const problem = inspectorProblem()
  if (problem === undefined) return ''
  return (
    `; but ${problem}: of apps and routers that can't be found without it, such as apps mounted in others, ` +
    'handlers are not seen and routes show as unmatched, and where handlers were written stays unknown'
  )
}

type Shared = { [RUNTIME_KEY]?: Runtime }

export function sharedRuntime(): Runtime {
  const shared = globalThis as Shared
  shared[RUNTIME_KEY] ??= new Runtime()
  return shared[RUNTIME_KEY]
}

/** The runtime of a thread in which the app itself may have none. */
export interface Borrowed {
  readonly runtime: Runtime
  giveBack(): void
}

/**
 * The thread's runtime, if the app has made one. Else one for now, which nobody else gets: should the app call
 * restifyProbes() meanwhile, it makes its own, with all that the platform has.
 *
 * @param wanted - is called right before that; must not throw
 */
export function borrowRuntime(make: () => Runtime, wanted: () => void): Borrowed {
  const shared = globalThis as Shared
  const { [RUNTIME_KEY]: present } = shared
  if (present !== undefined) return { runtime: present, giveBack() {} }
  const runtime = make()
  const giveBack = () => {
    delete shared[RUNTIME_KEY]
    runtime.close()
  }
  Object.defineProperty(shared, RUNTIME_KEY, {
    configurable: true,
    get() {
      giveBack()
      wanted()
      return undefined
    }
  })
  return { runtime, giveBack }
}
