import type { Session } from '../trace/session'
import type { RoutingContext } from './context'
import { dialectOf } from './dialects/dialects'
import { Dispatch } from './dispatch'
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
import { beginsTraces, originalOf } from './ours'
import { Prefixes } from './prefix'
import { RouteFound } from './route-found'

/** Routers may be mounted in themselves, or twice in one that is itself mounted twice, and so on. */
const MAX_DEPTH = 100
const MAX_ROUTERS = 10_000

/** Finds the route that a request will reach, asking each layer as the router will (contract rule 5). */
export class RouteSearch {
  /** The router that holds the middleware from which the search starts; null until that is met. */
  start: Dispatch | null = null
  /** Whether the request came through other middleware of ours before, which left it untraced. */
  passedUntraced = false
  /** The longest mount path below which a handler would run. */
  deepest: Mount | null = null
  private readonly context: RoutingContext
  private readonly session: Session
  private readonly from: Handler
  private readonly method: string
  private readonly current: string | null
  private router: Dispatch | null = null
  private depth = 0
  private routers = 0
  private erred = false
  /** Whether the router that is searched has a route for the path, but for other methods: it answers OPTIONS itself. */
  private answersOptions = false
  /** Whether no layer after this one matters: the router answers, or there are too many to look at. */
  private stopped = false

  /**
   * @param session - in which the methods of every stack are patched that the request may run through
   * @param from - the middleware after which the search starts
   * @param current - the path that the request has at that middleware, since the router that holds it may be
   * mounted twice; null if it is not to be told by the path
   */
  constructor(
    context: RoutingContext,
    session: Session,
    from: Handler,
    method: string,
    current: string | null
  ) {
    this.context = context
    this.session = session
    this.from = from
    this.method = method
    this.current = current
  }

  /** Starts at once, as if the middleware had been met. */
  startIn(stack: Layer[], path: string, mount: Mount, base: string): RouteFound | null {
    this.start = new Dispatch(stack, mount, base, null)
    return this.in(stack, path, mount, base)
  }

  in(stack: Layer[], path: string, mount: Mount, base = ''): RouteFound | null {
    this.stopped ||= ++this.routers > MAX_ROUTERS
    if (this.stopped || this.depth === MAX_DEPTH) return null
    this.context.patcher.patch(stack, this.session)
    const outer = this.router
    this.router = new Dispatch(stack, mount, base, outer)
    this.depth++
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
    this.router = outer
    this.depth--
    return null
  }

  private inLayer(layer: Layer, path: string, mount: Mount, base: string): RouteFound | null {
    const dialect = dialectOf(layer)
    const match = this.match(dialect, layer, path)
    if (match === null) return null
    const matched = new MatchedLayer(layer, dialect, match, path, mount)
    const route = dialect.routeOf(layer)
    if (route !== undefined) return this.inRoute(matched, route)
    const below = matched.pathBelow()
    if (below === null) return null
    const handle = originalOf(layer.handle)
    if (handle === this.from) {
      this.startAt(below)
      return null
    }
    if (this.start === null && beginsTraces(handle)) this.passedUntraced = true
    const inner = this.context.layers.innerStack(layer)
    if (inner === null) {
      this.noteHandler(matched)
      return null
    }
    if (this.erred) return null
    return this.in(inner, below, matched.mountBelow(), base + match.path.replace(/\/$/, ''))
  }

  private inRoute(matched: MatchedLayer, route: Route): RouteFound | null {
    if (this.erred) return null
    if (servingMethod(route, this.method) === undefined) {
      this.answersOptions ||= this.method === 'OPTIONS'
      return null
    }
    if (this.start === null && holds(route, this.from)) this.startAt(matched.path)
    if (this.start === null) return null
    return new RouteFound(matched.mount, matched.layer, route, matched.text(), this.method)
  }

  private startAt(path: string): void {
    if (this.current === null || this.current === path) this.start ??= this.router
  }

  private match(dialect: Dialect, layer: Layer, path: string): LayerMatch | null {
    try {
      return dialect.match(layer, path)
    } catch {
      // The router makes an error of this, which only error handlers take.
      this.erred = this.start !== null
      return null
    }
  }

  private noteHandler(matched: MatchedLayer): void {
    const { layer } = matched
    if (this.start === null || this.context.layers.of(layer).role !== 'handler') return
    if (this.erred ? layer.handle.length !== 4 : layer.handle.length > 3) return
    const mount = matched.mountBelow()
    if (mount.path.length > (this.deepest?.path.length ?? 0)) this.deepest = mount
  }
}

/** A layer that matches the path of a request. */
class MatchedLayer {
  constructor(
    readonly layer: Layer,
    private readonly dialect: Dialect,
    private readonly match: LayerMatch,
    /** The path that its router matches. */
    readonly path: string,
    /** The place at which its router is mounted. */
    readonly mount: Mount
  ) {}

  /** The layer's path as written in the app. */
  text(): string {
    return this.dialect.pathText(this.layer, this.match, this.path)
  }

  /** The mount path of the layer, which is one even where all its parts are optional and match nothing. */
  mountBelow(): Mount {
    if (this.match === MATCHES_ALL) return this.mount
    const text = this.text()
    return text === '' ? this.mount : this.mount.child(this.layer, text)
  }

  /** The part of the path that is left to what the layer mounts; null if the mount path ends inside a segment. */
  pathBelow(): string | null {
    const { path } = this
    const matched = this.match.path
    if (matched === '') return path
    if (!path.startsWith(matched)) return null
    const next = path[matched.length]
    if (next !== undefined && !this.dialect.separators.includes(next)) return null
    const rest = path.slice(matched.length)
    return rest[0] === '/' ? rest : `/${rest}`
  }
}

export function holds(route: Route, handler: Handler): boolean {
  return route.stack.some(({ handle }) => handle === handler)
}
