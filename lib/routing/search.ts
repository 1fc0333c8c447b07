import type { Session } from '../trace/session'
import { dialectOf } from './dialects/dialects'
import { RouteFound } from './found'
import type { Interceptor } from './intercept'
import {
  type Dialect,
  type Handler,
  type Layer,
  type LayerMatch,
  MATCHES_ALL,
  type Route,
  servingMethod
} from './layer'
import type { Mount } from './mount'
import { beginsTraces, ownHandle } from './own'
import { Prefixes } from './prefix'
import type { Roles } from './roles'

/** A router on the way of a request. */
export class Level {
  readonly depth: number

  constructor(
    readonly stack: Layer[],
    readonly mount: Mount,
    /** What of the path the routers around it took. */
    readonly base: string,
    readonly outer: Level | null
  ) {
    this.depth = outer === null ? 1 : outer.depth + 1
  }
}

/** Routers may be mounted in themselves, or twice in one that is itself mounted twice, and so on. */
const MAX_DEPTH = 100
const MAX_ROUTERS = 10_000

/** Finds which route a request will reach, asking each layer as the router will (contract rule 5). */
export class RouteSearch {
  /** The router that holds the middleware from which the search starts. */
  start: Level | null = null
  /** Whether the request came through other middleware of ours before, which left it untraced. */
  declined = false
  /** The longest mount path below which a handler would run. */
  deepest: Mount | null = null
  private readonly roles: Roles
  private readonly method: string
  private readonly from: Handler
  private readonly current: string | null
  private readonly interceptor: Interceptor
  private readonly session: Session
  private level: Level | null = null
  private routers = 0
  private erred = false
  /** Whether the router that is searched has a route for the path, but for other methods: it answers OPTIONS itself. */
  private answersOptions = false
  /** Whether no layer after this one matters: the router answers, or there are too many to look at. */
  private stopped = false

  /**
   * @param from - the middleware after which the search starts
   * @param current - the path that the request has there: the router that holds it may be mounted twice;
   * null if that is not to be told
   * @param interceptor - is attached to every stack that the request may run through
   */
  constructor(
    roles: Roles,
    method: string,
    from: Handler,
    current: string | null,
    interceptor: Interceptor,
    session: Session
  ) {
    this.roles = roles
    this.method = method
    this.from = from
    this.current = current
    this.interceptor = interceptor
    this.session = session
  }

  /** Starts at once, as if the middleware had been met. */
  startIn(stack: Layer[], path: string, mount: Mount, base: string): RouteFound | null {
    this.start = new Level(stack, mount, base, null)
    return this.in(stack, path, mount, base)
  }

  in(stack: Layer[], path: string, mount: Mount, base = ''): RouteFound | null {
    this.stopped ||= ++this.routers > MAX_ROUTERS
    const outer = this.level
    if (this.stopped || outer?.depth === MAX_DEPTH) return null
    this.interceptor.attach(stack, this.session)
    this.level = new Level(stack, mount, base, outer)
    const around = this.answersOptions
    this.answersOptions = false
    const prefixes = Prefixes.of(stack)
    for (let index = 0; index < stack.length; index++) {
      const layer = stack[index] as Layer
      if (!prefixes.mayMatch(layer, index, path)) continue
      const found = this.inLayer(layer, path, mount, base)
      if (found !== null || this.stopped) return found
    }
    this.stopped = this.answersOptions && this.start !== null && !this.erred
    this.answersOptions = around
    this.level = outer
    return null
  }

  private inLayer(layer: Layer, path: string, mount: Mount, base: string): RouteFound | null {
    const dialect = dialectOf(layer)
    const match = this.match(dialect, layer, path)
    if (match === null) return null
    const route = dialect.routeOf(layer)
    if (route !== undefined) return this.inRoute(dialect, layer, route, match, path, mount)
    const below = pathBelow(match.path, path, dialect)
    if (below === null) return null
    const handle = ownHandle(layer.handle)
    if (handle === this.from) {
      this.startAt(below)
      return null
    }
    if (this.start === null && beginsTraces(handle)) this.declined = true
    const inner = this.roles.innerStack(layer)
    if (inner === null) {
      this.noteHandler(dialect, layer, match, path, mount)
      return null
    }
    if (this.erred) return null
    const mounted = placeOf(dialect, layer, match, path, mount)
    return this.in(inner, below, mounted, base + match.path.replace(/\/$/, ''))
  }

  private inRoute(
    dialect: Dialect,
    layer: Layer,
    route: Route,
    match: LayerMatch,
    path: string,
    mount: Mount
  ): RouteFound | null {
    if (this.erred) return null
    if (servingMethod(route, this.method) === undefined) {
      this.answersOptions ||= this.method === 'OPTIONS'
      return null
    }
    if (this.start === null && holds(route, this.from)) this.startAt(path)
    if (this.start === null) return null
    return new RouteFound(mount, layer, route, dialect.pathText(layer, match, path), this.method)
  }

  private startAt(path: string): void {
    if (this.current === null || this.current === path) this.start ??= this.level
  }

  private match(dialect: Dialect, layer: Layer, path: string): LayerMatch | null {
    try {
      return dialect.match(layer, path)
    } catch {
      // The router makes of this an error, which only error handlers take.
      this.erred = this.start !== null
      return null
    }
  }

  private noteHandler(dialect: Dialect, layer: Layer, match: LayerMatch, path: string, mount: Mount): void {
    if (this.start === null || this.roles.of(layer).role !== 'handler') return
    if (this.erred ? layer.handle.length !== 4 : layer.handle.length > 3) return
    const place = placeOf(dialect, layer, match, path, mount)
    if (place.path.length > (this.deepest?.path.length ?? 0)) this.deepest = place
  }
}

/** Where a layer is mounted; a path with optional parts is one even where it matches nothing. */
function placeOf(dialect: Dialect, layer: Layer, match: LayerMatch, path: string, mount: Mount): Mount {
  if (match === MATCHES_ALL) return mount
  const text = dialect.pathText(layer, match, path)
  return text === '' ? mount : mount.child(layer, text)
}

export function holds(route: Route, handler: Handler): boolean {
  return route.stack.some(({ handle }) => handle === handler)
}

/** What of a path is left to what is mounted; null if the mount path ends inside a segment. */
function pathBelow(matched: string, path: string, dialect: Dialect): string | null {
  if (matched === '') return path
  if (!path.startsWith(matched)) return null
  const next = path[matched.length]
  if (next !== undefined && !dialect.separators.includes(next)) return null
  const rest = path.slice(matched.length)
  return rest[0] === '/' ? rest : `/${rest}`
}
