import type { Backend, HeaderSource } from './backend'
import type { Name } from './names'
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

/** As restify 4.3.4 declares them (its lib/dtrace.js). */
const TYPES: Record<ProbeName, string[]> = {
  'route-start': ['char *', 'char *', 'int', 'char *', 'char *', 'json'],
  'handler-start': ['char *', 'char *', 'char *', 'int'],
  'handler-done': ['char *', 'char *', 'char *', 'int'],
  'route-done': ['char *', 'char *', 'int', 'int', 'json']
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
    headers: HeaderSource
  ): void {
    this.#fire(0, () => [server.text, route.text, id, method, url, headers.object()])
  }

  handlerStart(server: Name, route: Name, handler: Name, id: number): void {
    this.#fire(1, () => [server.text, route.text, handler.text, id])
  }

  handlerDone(server: Name, route: Name, handler: Name, id: number): void {
    this.#fire(2, () => [server.text, route.text, handler.text, id])
  }

  routeDone(server: Name, route: Name, id: number, statusCode: number, headers: HeaderSource): void {
    this.#fire(3, () => [server.text, route.text, id, statusCode, headers.object()])
  }

  /** It throws where its native side has no memory; that must not reach the app. */
  #fire(index: number, args: () => unknown[] | undefined): void {
    try {
      this.#probes[index]?.fire(args)
    } catch {}
  }
}
