import type { Backend } from './backend'
import { ChannelBackend } from './channels'
import type { NameTable } from './names'
import { choosePlatform, type Platform } from './platform'
import { type ProbeName, probeNames } from './probes'

/** See {@link Provider.status}. */
export interface Status {
  /**
   * What tracers outside the process find: `usdt` on Linux, `dtrace` on macOS,
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

/**
 * The provider `restify` of this process. It has two audiences, which come and
 * go by themselves: tracers outside the process, and subscribers in it.
 */
export class Provider {
  readonly names: NameTable
  /** The next request id (contract rule 2). */
  readonly nextId: () => number
  readonly outside: Backend
  readonly inside: Backend
  readonly #platform: Platform

  constructor(platform: Platform = choosePlatform(), channels: Backend = new ChannelBackend()) {
    this.names = platform.names
    this.nextId = platform.nextId
    this.outside = platform.backend
    this.inside = channels
    this.#platform = platform
  }

  /** True while anybody listens to at least one probe. */
  active(): boolean {
    return this.outside.active() || this.inside.active()
  }

  /** Which provider is at work, or why none is. */
  status(): Status {
    const { kind, message, addon } = this.#platform
    return {
      provider: kind,
      message,
      ...(addon === undefined ? {} : { addon }),
      enabled: probeNames(this.outside.enabled() | this.inside.enabled())
    }
  }
}
