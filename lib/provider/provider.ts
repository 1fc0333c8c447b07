import type { Backend, HeaderSource } from './backend'
import { ChannelBackend } from './channels'
import type { Name, NameTable } from './names'
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

/** The provider `restify` of this process: the platform's probes and the channels as one. */
export class Provider implements Backend {
  readonly names: NameTable
  /** The next request id (contract rule 2). */
  readonly nextId: () => number
  readonly #platform: Platform
  readonly #outside: Backend
  readonly #inside: ChannelBackend

  constructor(platform: Platform = choosePlatform(), channels = new ChannelBackend()) {
    this.names = platform.names
    this.nextId = platform.nextId
    this.#platform = platform
    this.#outside = platform.backend
    this.#inside = channels
  }

  active(): boolean {
    return this.#outside.active() || this.#inside.active()
  }

  enabled(): number {
    return this.#outside.enabled() | this.#inside.enabled()
  }

  routeStart(
    server: Name,
    route: Name,
    id: number,
    method: string,
    url: string,
    headers: HeaderSource
  ): void {
    this.#outside.routeStart(server, route, id, method, url, headers)
    this.#inside.routeStart(server, route, id, method, url, headers)
  }

  handlerStart(server: Name, route: Name, handler: Name, id: number): void {
    this.#outside.handlerStart(server, route, handler, id)
    this.#inside.handlerStart(server, route, handler, id)
  }

  handlerDone(server: Name, route: Name, handler: Name, id: number): void {
    this.#outside.handlerDone(server, route, handler, id)
    this.#inside.handlerDone(server, route, handler, id)
  }

  routeDone(server: Name, route: Name, id: number, statusCode: number, headers: HeaderSource): void {
    this.#outside.routeDone(server, route, id, statusCode, headers)
    this.#inside.routeDone(server, route, id, statusCode, headers)
  }

  /** Which provider is at work, or why none is. */
  status(): Status {
    const { kind, message, addon } = this.#platform
    return {
      provider: kind,
      message,
      ...(addon === undefined ? {} : { addon }),
      enabled: probeNames(this.enabled())
    }
  }
}
