import type { Name } from './names'

/** Headers for a probe, which are made into text or a copy only when a backend asks. */
export interface HeaderSource {
  /** One complete JSON object (contract rule 11). Never throws. */
  json(): string
  /** The same as a plain object of strings and arrays of strings. Never throws. */
  object(): Record<string, unknown>
}

/** Stands for headers that are not known yet. */
export const noHeaders: HeaderSource = {
  json: () => '{}',
  object: () => ({})
}

/**
 * Fires the probes. Three classes implement it: in usdt.ts (Linux), dtrace.ts (macOS, illumos, FreeBSD) and
 * channels.ts (in process, on every system).
 *
 * The parameters are the arguments of the probes, in their order. `busy` is in microseconds. A probe to which nobody
 * listens costs next to nothing. Nothing here throws.
 */
export interface Backend {
  /** True while somebody listens to at least one probe. */
  active(): boolean
  /** One bit for each probe that somebody listens to, as in probes.ts. */
  enabled(): number
  routeStart(
    server: Name,
    route: Name,
    id: number,
    method: string,
    url: string,
    headers: HeaderSource,
    routePath: Name
  ): void
  handlerStart(server: Name, route: Name, handler: Name, id: number, location: Name): void
  handlerDone(server: Name, route: Name, handler: Name, id: number, location: Name, busy: number): void
  routeDone(
    server: Name,
    route: Name,
    id: number,
    statusCode: number,
    headers: HeaderSource,
    routePath: Name
  ): void
}

/** The backend of a platform that has none. */
export const silent: Backend = {
  active: () => false,
  enabled: () => 0,
  routeStart() {},
  handlerStart() {},
  handlerDone() {},
  routeDone() {}
}
