import { type Link, LinkedList } from '../linked-list'
import { outOfContext } from '../out-of-context'
import type { Provider } from '../provider/provider'
import { Consumer } from './consumer'
import { SocketCloseListeners } from './socket-close'
import { Visibility } from './visibility'

/** The longest time, in milliseconds, until the end of tracing is seen where no request comes to see it. */
const WATCH_INTERVAL = 20

/** The most polls that run at a time: a process with thousands of hanging requests has other work to do. */
const MAX_POLLS = 50

/** The time from the first consumer's coming until there is none. */
export class Session {
  /** True once there is no consumer any more: nothing is fired for what began in this session. */
  ended = false
  readonly closeListeners = new SocketCloseListeners()
  readonly #provider: Provider
  /** The consumers, one for each backend. */
  readonly #consumers: Consumer[]
  readonly #watch: NodeJS.Timeout
  readonly #cleanups: (() => void)[] = []
  readonly #polls = new LinkedList<() => void>()

  constructor(provider: Provider) {
    this.#provider = provider
    this.#consumers = provider.backends.map((backend) => new Consumer(backend))
    this.#watch = outOfContext(() => setInterval(() => this.#look(), WATCH_INTERVAL))
    this.#watch.unref()
  }

  /**
   * Gives the probes that each consumer of this moment may see of a request that begins now; null if
   * none may see any.
   */
  visibilities(): Visibility | null {
    let first: Visibility | null = null
    for (let index = this.#consumers.length - 1; index >= 0; index--) {
      const consumer = this.#consumer(index)
      const enabled = consumer.enabled()
      if (enabled !== 0) first = new Visibility(consumer, enabled, first)
    }
    return first
  }

  #consumer(index: number): Consumer {
    const consumer = this.#consumers[index] as Consumer
    if (!consumer.gone) return consumer
    const next = new Consumer(consumer.backend)
    this.#consumers[index] = next
    return next
  }

  /** Runs once, when the session ends. */
  onEnd(cleanup: () => void): void {
    this.#cleanups.push(cleanup)
  }

  /** Runs every 20 milliseconds, or in turn with others where they are many, until it leaves. */
  poll(look: () => void): Link<() => void> {
    return this.#polls.append(look)
  }

  end(): void {
    if (this.ended) return
    this.ended = true
    clearInterval(this.#watch)
    this.#polls.clear()
    attempt(() => this.closeListeners.end())
    for (const cleanup of this.#cleanups) attempt(cleanup)
  }

  #pollSome(): void {
    const { last } = this.#polls
    for (let left = MAX_POLLS; left > 0; left--) {
      const { first } = this.#polls
      if (first === null) return
      first.append()
      attempt(first.value)
      if (first === last) return
    }
  }

  #look(): void {
    let enabled = 0
    for (let index = 0; index < this.#consumers.length; index++) enabled |= this.#consumer(index).enabled()
    if (enabled === 0 && this.#provider.direct.length === 0) this.end()
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

  /** Must be called whenever nobody is found to listen. */
  end(): void {
    if (this.#current === null) return
    this.#current.end()
    this.#current = null
  }
}
