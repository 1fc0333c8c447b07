import { OutgoingCalls } from '../outgoing/watch'
import type { Backend } from './backend'
import { ChannelBackend } from './channels'
import type { NameTable } from './names'
import { choosePlatform, type Platform } from './platform'
import { ALL_PROBES, type ProbeName, probeNames } from './probes'
import type { RecordConsumer } from './record'

/** See {@link Provider.status}. */
export interface ProviderStatus {
  /**
   * The kind of probes that tracers outside the process find: `usdt` on Linux, `dtrace` on macOS,
   * illumos and FreeBSD, or `none`. The channels work in every case.
   */
  provider: 'usdt' | 'dtrace' | 'none'
  /** A sentence for people: what works, or why nothing does and what to type to change that. */
  message: string
  /** Path of the native addon that holds the probes, for tools that want a file. */
  addon?: string
  /** The probes to which anybody listens at this moment, in or outside the process. */
  enabled: ProbeName[]
}

/** A consumer that is called directly, from the moment it was added until it is removed. */
export class DirectConsumer {
  /** True once it was removed. */
  gone = false

  constructor(readonly consumer: RecordConsumer) {}
}

/**
 * The provider `restify` of this process, with the list of those to whom it shows requests. Who listens to the probes
 * of a backend (a tracer outside the process, a subscriber of the channels) comes and goes unasked. A consumer that
 * is called directly is added and removed.
 */
export class Provider {
  readonly names: NameTable
  /** The next request id: a positive 32-bit int that no request in flight has (contract rule 2). */
  readonly nextId: () => number
  /** The backends that fire probes. A new kind of backend is one more in this list. */
  readonly backends: readonly Backend[]
  /**
   * The calls that the app makes of its own.
   *
   * @internal
   */
  readonly outgoing = new OutgoingCalls()
  readonly #platform: Platform
  /**
   * The list is never changed but replaced, so that a request can keep those that were there when it began.
   */
  #direct: readonly DirectConsumer[] = []

  constructor(platform: Platform = choosePlatform(), channels: Backend = new ChannelBackend()) {
    this.names = platform.names
    this.nextId = platform.nextId
    this.backends = [platform.backend, channels]
    this.#platform = platform
  }

  /** The consumers that are called directly, at this moment. */
  get direct(): readonly DirectConsumer[] {
    return this.#direct
  }

  /**
   * Adds a consumer that is called once for each request that begins from now on.
   *
   * @returns what removes it, after which it is not called any more
   */
  add(consumer: RecordConsumer): () => void {
    const added = new DirectConsumer(consumer)
    this.#direct = [...this.#direct, added]
    const unwatch = consumer.wantsCalls === true ? this.outgoing.watch() : null
    return () => {
      added.gone = true
      unwatch?.()
      this.#direct = this.#direct.filter((one) => one !== added)
    }
  }

  /** True while anybody listens: to at least one probe, or directly. */
  active(): boolean {
    if (this.#direct.length > 0) return true
    for (const backend of this.backends) if (backend.active()) return true
    return false
  }

  /** Tells which provider is at work, or why none is. */
  status(): ProviderStatus {
    const { kind, message, addon } = this.#platform
    return {
      provider: kind,
      message,
      ...(addon === undefined ? {} : { addon }),
      enabled: probeNames(this.#enabled())
    }
  }

  #enabled(): number {
    // A consumer that is called directly is told of everything.
    if (this.#direct.length > 0) return ALL_PROBES
    return this.backends.reduce((enabled, backend) => enabled | backend.enabled(), 0)
  }
}
