import { AsyncResource } from 'node:async_hooks'
import type { Provider } from '../provider/provider'

/** How soon, in milliseconds, the end of tracing is seen when no request comes to see it. */
const WATCH_INTERVAL = 20

// The watch must not keep alive the async context of the request that started it.
const outside = new AsyncResource('restify-probes')

/**
 * The time from the first probe's being enabled until none is. A request
 * belongs to the session in which it began, so that a tracer which attaches
 * later never sees the end of what it did not see begin (contract rule 3).
 */
export class Session {
  #ended = false
  readonly #watch: NodeJS.Timeout
  readonly #cleanups: (() => void)[] = []
  readonly #polls = new Set<() => void>()

  constructor(provider: Provider) {
    this.#watch = outside.runInAsyncScope(() => setInterval(() => this.#look(provider), WATCH_INTERVAL))
    this.#watch.unref()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Runs once, when the session ends. */
  onEnd(cleanup: () => void): void {
    this.#cleanups.push(cleanup)
  }

  /** Runs every {@link WATCH_INTERVAL} milliseconds until the returned function is called. */
  poll(look: () => void): () => void {
    this.#polls.add(look)
    return () => this.#polls.delete(look)
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    clearInterval(this.#watch)
    this.#polls.clear()
    for (const cleanup of this.#cleanups) {
      try {
        cleanup()
      } catch {}
    }
  }

  #look(provider: Provider): void {
    if (!provider.active()) {
      this.end()
      return
    }
    for (const look of this.#polls) {
      try {
        look()
      } catch {}
    }
  }
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
