import { AsyncResource } from 'node:async_hooks'
import { Chain, type Link } from '../chain'
import type { Backend } from '../provider/backend'
import type { Provider } from '../provider/provider'
import { Closings } from './closings'

/** How soon, in milliseconds, the end of tracing is seen when no request comes to see it. */
const WATCH_INTERVAL = 20

/** How many polls may run at a time: a process with thousands of hanging requests has other work to do. */
const MAX_POLLS = 50

// The watch must not keep alive the async context of the request that started it.
const outOfContext = new AsyncResource('restify-probes')

/** One audience of the provider's, for as long as it listens to at least one probe without a pause. */
export class Audience {
  readonly backend: Backend
  /** Set once it was found to listen to nothing. */
  gone = false

  constructor(backend: Backend) {
    this.backend = backend
  }

  /** One bit for each probe that it listens to; none ever again once there was none. */
  enabled(): number {
    if (this.gone) return 0
    const enabled = this.backend.enabled()
    if (enabled === 0) this.gone = true
    return enabled
  }
}

/** The time from the first probe's being enabled until none is, for whomever. */
export class Session {
  /** Whether no probe is enabled any more: nothing is fired for what began in this session. */
  ended = false
  readonly closings = new Closings()
  #outside: Audience
  #inside: Audience
  readonly #watch: NodeJS.Timeout
  readonly #cleanups: (() => void)[] = []
  readonly #polls = new Chain<() => void>()

  constructor(provider: Provider) {
    this.#outside = new Audience(provider.outside)
    this.#inside = new Audience(provider.inside)
    this.#watch = outOfContext.runInAsyncScope(() => setInterval(() => this.#look(), WATCH_INTERVAL))
    this.#watch.unref()
  }

  /**
   * Subscribers outside, and inside. An audience that pauses comes back as
   * another, so that a tracer which attaches later is told from the one before
   * (contract rule 3).
   */
  outside(): Audience {
    if (this.#outside.gone) this.#outside = new Audience(this.#outside.backend)
    return this.#outside
  }

  inside(): Audience {
    if (this.#inside.gone) this.#inside = new Audience(this.#inside.backend)
    return this.#inside
  }

  /** Runs once, when the session ends. */
  onEnd(cleanup: () => void): void {
    this.#cleanups.push(cleanup)
  }

  /** Runs every 20 milliseconds, or in turn with others where they are many, until it leaves. */
  poll(look: () => void): Link<() => void> {
    return this.#polls.add(look)
  }

  end(): void {
    if (this.ended) return
    this.ended = true
    clearInterval(this.#watch)
    this.#polls.clear()
    attempt(() => this.closings.end())
    for (const cleanup of this.#cleanups) attempt(cleanup)
  }

  #pollSome(): void {
    const { last } = this.#polls
    for (let left = MAX_POLLS; left > 0; left--) {
      const { first } = this.#polls
      if (first === null) return
      first.join()
      attempt(first.value)
      if (first === last) return
    }
  }

  #look(): void {
    const outside = this.outside().enabled()
    if ((outside | this.inside().enabled()) === 0) this.end()
    else this.#pollSome()
  }
}

function attempt(action: () => void): void {
  try {
    action()
  } catch {}
}

/** The session at work, if any. */
export class Sessions {
  readonly #provider: Provider
  #current: Session | null = null

  constructor(provider: Provider) {
    this.#provider = provider
  }

  /** The session at work, begun if there is none. */
  get(): Session {
    if (this.#current === null || this.#current.ended) this.#current = new Session(this.#provider)
    return this.#current
  }

  /** To call whenever no probe is found enabled. */
  end(): void {
    if (this.#current === null) return
    this.#current.end()
    this.#current = null
  }
}
