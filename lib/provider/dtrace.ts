import type { Backend, HeaderSource } from './backend'
import { type Name, withoutNul } from './names'
import { PROVIDER_NAME, type ProbeName } from './probes'

/** The part of dtrace-provider 0.8 that is used. */
export interface DTraceModule {
  DTraceProvider: { name: string }
  createDTraceProvider(name: string): DTraceProvider
}

export interface DTraceProvider {
  addProbe(name: string, ...types: string[]): DTraceProbe
  enable(): void
}

export interface DTraceProbe {
  /** Calls back only while the probe is enabled, and fires only if it gets an array. */
  fire(args: () => unknown[] | undefined): void
}

/** The types of the arguments as restify 4.3.4 declares them (in its lib/dtrace.js), and then of our own. */
const TYPES: Record<ProbeName, string[]> = {
  'route-start': ['char *', 'char *', 'int', 'char *', 'char *', 'json', 'char *'],
  'handler-start': ['char *', 'char *', 'char *', 'int', 'char *'],
  'handler-done': ['char *', 'char *', 'char *', 'int', 'char *', 'int'],
  'route-done': ['char *', 'char *', 'int', 'int', 'json', 'char *']
}

/** dtrace-provider puts a class of this name in the place of bindings that were never built. */
const STUB = 'DTraceProviderStub'

export function isBuilt(module: DTraceModule): boolean {
  return module.DTraceProvider.name !== STUB
}

/** macOS, illumos, FreeBSD: the probes of the dtrace-provider package. */
export class DTraceBackend implements Backend {
  /** The probes, in the order of PROBE_NAMES. */
  readonly #probes: DTraceProbe[]
  readonly #routeStart: DTraceProbe
  readonly #handlerStart: DTraceProbe
  readonly #handlerDone: DTraceProbe
  readonly #routeDone: DTraceProbe
  #called = false
  readonly #ask = () => {
    this.#called = true
    return undefined
  }

  constructor(module: DTraceModule) {
    const provider = module.createDTraceProvider(PROVIDER_NAME)
    const add = (name: ProbeName) => provider.addProbe(name, ...TYPES[name])
    this.#routeStart = add('route-start')
    this.#handlerStart = add('handler-start')
    this.#handlerDone = add('handler-done')
    this.#routeDone = add('route-done')
    this.#probes = [this.#routeStart, this.#handlerStart, this.#handlerDone, this.#routeDone]
    provider.enable()
  }

  active(): boolean {
    return this.enabled() !== 0
  }

  enabled(): number {
    let mask = 0
    this.#probes.forEach((probe, index) => {
      this.#called = false
      this.#fire(probe, this.#ask)
      if (this.#called) mask |= 1 << index
    })
    return mask
  }

  routeStart(
    server: Name,
    route: Name,
    id: number,
    method: string,
    url: string,
    headers: HeaderSource,
    routePath: Name
  ): void {
    this.#fire(this.#routeStart, () => [
      text(server),
      text(route),
      id,
      method,
      withoutNul(url),
      headers.object(),
      text(routePath)
    ])
  }

  handlerStart(server: Name, route: Name, handler: Name, id: number, location: Name): void {
    this.#fire(this.#handlerStart, () => [text(server), text(route), text(handler), id, text(location)])
  }

  handlerDone(server: Name, route: Name, handler: Name, id: number, location: Name, busy: number): void {
    this.#fire(this.#handlerDone, () => [text(server), text(route), text(handler), id, text(location), busy])
  }

  routeDone(
    server: Name,
    route: Name,
    id: number,
    statusCode: number,
    headers: HeaderSource,
    routePath: Name
  ): void {
    this.#fire(this.#routeDone, () => [
      text(server),
      text(route),
      id,
      statusCode,
      headers.object(),
      text(routePath)
    ])
  }

  /** dtrace-provider throws where its native side has no memory. That must not reach the app. */
  #fire(probe: DTraceProbe, args: () => unknown[] | undefined): void {
    try {
      probe.fire(args)
    } catch {}
  }
}

function text(name: Name): string {
  return withoutNul(name.text)
}
