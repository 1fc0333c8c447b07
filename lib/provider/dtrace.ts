import type { Backend, HeaderSource } from './backend'
import { type Name, withoutNul } from './names'
import { PROBE_NAMES, type ProbeName } from './probes'

/** What is used of dtrace-provider 0.8. */
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

/** As restify 4.3.4 declares them (its lib/dtrace.js), with our own arguments behind them. */
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
  readonly #probes: DTraceProbe[]
  #called = false
  readonly #ask = () => {
    this.#called = true
    return undefined
  }

  constructor(module: DTraceModule) {
    const provider = module.createDTraceProvider('restify')
    this.#probes = PROBE_NAMES.map((name) => provider.addProbe(name, ...TYPES[name]))
    provider.enable()
  }

  active(): boolean {
    return this.enabled() !== 0
  }

  enabled(): number {
    let mask = 0
    for (let index = 0; index < this.#probes.length; index++) {
      this.#called = false
      this.#fire(index, this.#ask)
      if (this.#called) mask |= 1 << index
    }
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
    this.#fire(0, () => [
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
    this.#fire(1, () => [text(server), text(route), text(handler), id, text(location)])
  }

  handlerDone(server: Name, route: Name, handler: Name, id: number, location: Name, busy: number): void {
    this.#fire(2, () => [text(server), text(route), text(handler), id, text(location), busy])
  }

  routeDone(
    server: Name,
    route: Name,
    id: number,
    statusCode: number,
    headers: HeaderSource,
    routePath: Name
  ): void {
    this.#fire(3, () => [text(server), text(route), id, statusCode, headers.object(), text(routePath)])
  }

  /** It throws where its native side has no memory; that must not reach the app. */
  #fire(index: number, args: () => unknown[] | undefined): void {
    try {
      this.#probes[index]?.fire(args)
    } catch {}
  }
}

function text(name: Name): string {
  return withoutNul(name.text)
}
