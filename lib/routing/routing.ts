import type { Session } from '../trace/session'
import { closedOver } from './closure'
import { RoutingContext } from './context'
import { connect, connectBase, connectPath } from './dialects/connect'
import { dialectOf } from './dialects/dialects'
import type { Dispatch } from './dispatch'
import { Dispatches } from './dispatches'
import { FollowedRequest } from './followed-request'
import type { Handler, Layer } from './layer'
import type { LayerInfos } from './layer-info'
import type { Mount } from './mount'
import type { Naming } from './naming'
import { routeNameOf } from './ours'
import { loadInspector } from './own-inspector'
import { Patcher } from './patch'
import type { RouteFound } from './route-found'
import { holds, RouteSearch } from './search'
import { isStack, type MountedApp, noteApps, stackOf } from './stacks'
import { Survey } from './survey'
import { currentPath, fullPath, pathOf, type RoutedRequest } from './url'

/** A request when its trace begins. */
export class Arrival {
  constructor(
    readonly req: RoutedRequest,
    /** The middleware of ours that it has come to. */
    readonly from: Handler,
    /** The function that the middleware was given to pass control on. */
    readonly next: Handler,
    /** The app or router in whose stack the middleware is; undefined where nobody knows. */
    readonly app: unknown
  ) {}
}

/** Finds out where in the stacks of an app a request is when its trace begins, and which route it will reach. */
export class Routing {
  readonly #layers: LayerInfos
  readonly #patcher: Patcher
  readonly #survey: Survey
  /** The stacks in which our middleware is, by their routers' own account. */
  readonly #behind = new WeakMap<Handler, { stack: Layer[]; shows: boolean }>()

  constructor(layers: LayerInfos) {
    this.#layers = layers
    this.#patcher = new Patcher(layers)
    this.#survey = new Survey(layers)
    loadInspector()
  }

  contextFor(naming: Naming): RoutingContext {
    return new RoutingContext(this.#layers, this.#patcher, naming)
  }

  /** Null for a request that began before there was a tracer (contract rule 3: a tracer sees whole requests only). */
  follow(arrival: Arrival, context: RoutingContext, session: Session): FollowedRequest | null {
    const { req, from, next } = arrival
    const { naming } = context
    const { search, found, framework, stack } = this.#search(arrival, context, session)
    if (search.passedUntraced) return null
    this.#survey.begin(stack)

    const given = routeNameOf(from)
    const within = given !== undefined && found !== null && holds(found.route, from) ? found : null
    const dispatches = new Dispatches(search.start, next, within)
    // A route that opts in by itself knows its name, even where the route can't be found.
    const label =
      given !== undefined
        ? naming.ofNamed(given, within, req)
        : found !== null
          ? naming.ofRoute(found, req)
          : naming.ofNoRoute(search.deepest, req)
    return new FollowedRequest(req, framework, label, dispatches, context)
  }

  #search(arrival: Arrival, context: RoutingContext, session: Session): Searched {
    const { req, from, next, app } = arrival
    const { root } = context
    const base = req.baseUrl ?? ''
    const searching = new Searching(arrival, context, session)
    noteApps(req)
    const stack = stackOf(outermostOf(app))
    if (stack !== null) {
      const { path, mount } = entranceOf(stack, arrival, root)
      const first = searching.in(stack, path, mount, '')
      const { start, passedUntraced } = first.search
      const around = start === null ? '' : baseAround(base, start)
      // The outermost router that we know is itself mounted, where only the URL tells.
      if (around !== '')
        return searching.in(stack, path.slice(around.length) || '/', root.around(around), around)
      if (start !== null || passedUntraced) return first
    }
    // There is no app, or the request has only passed through it, or a tool hides our middleware in it.
    const { stack: own, shows } = this.#stackBehind(from, next)
    const behind = own.length > 0 ? own : (stackOf(app) ?? own)
    const mount = root.around(base)
    return shows
      ? searching.in(behind, currentPath(req), mount, base)
      : searching.startingIn(behind, currentPath(req), mount, base)
  }

  #stackBehind(from: Handler, next: Handler): { stack: Layer[]; shows: boolean } {
    let behind = this.#behind.get(from)
    if (behind === undefined || (behind.shows && !contains(behind.stack, from))) {
      const stack = stackBehind(next)
      behind = { stack, shows: contains(stack, from) }
      this.#behind.set(from, behind)
    }
    return behind
  }
}

/** Searches different stacks for the place where a request's trace begins. */
class Searching {
  constructor(
    private readonly arrival: Arrival,
    private readonly context: RoutingContext,
    private readonly session: Session
  ) {}

  in(stack: Layer[], path: string, mount: Mount, base: string): Searched {
    const search = this.newSearch(currentPath(this.arrival.req))
    const found = search.in(stack, path, mount, base)
    if (search.start !== null) return new Searched(search, found, stack)
    // The paths do not lead to our middleware: a handler may have rewritten the URL in a way that we can't follow.
    const anywhere = this.newSearch(null)
    return new Searched(anywhere, anywhere.in(stack, path, mount, base), stack)
  }

  startingIn(stack: Layer[], path: string, mount: Mount, base: string): Searched {
    const search = this.newSearch(null)
    return new Searched(search, search.startIn(stack, path, mount, base), stack)
  }

  private newSearch(current: string | null): RouteSearch {
    const { req, from } = this.arrival
    return new RouteSearch(this.context, this.session, from, req.method ?? '', current)
  }
}

class Searched {
  readonly framework: 'express' | 'connect'

  constructor(
    readonly search: RouteSearch,
    readonly found: RouteFound | null,
    readonly stack: Layer[]
  ) {
    this.framework = stack[0] === undefined ? 'express' : dialectOf(stack[0]).framework
  }
}

function contains(stack: Layer[], handler: Handler): boolean {
  return stack.some(({ handle }) => handle === handler)
}

/** The path of a request as the outermost router or app that we know has it, and where that is mounted. */
class Entrance {
  constructor(
    readonly path: string,
    readonly mount: Mount
  ) {}
}

function entranceOf(stack: Layer[], { req, from, app }: Arrival, root: Mount): Entrance {
  const layer = stack.find(({ handle }) => handle === from)
  if (layer === undefined || dialectOf(layer) !== connect) return new Entrance(fullPath(req), root)
  const asked = pathOf(req.originalUrl ?? req.url ?? '')
  const path = connectPath(layer, currentPath(req), asked)
  return new Entrance(path, root.around(connectBase(app, path, asked)))
}

/** The part of a request's base that was taken by routers outside those in which it was found. */
function baseAround(base: string, { base: known }: Dispatch): string {
  return base.endsWith(known) ? base.slice(0, base.length - known.length) : ''
}

/** The stack of the router, the route or the Connect app that made a `next`, by what that closes over. */
function stackBehind(next: Handler): Layer[] {
  const stack = stackOf(closedOver(next, 'self')) ?? closedOver(next, 'stack')
  return isStack(stack) ? stack : []
}

function outermostOf(app: unknown): unknown {
  let outermost = app as MountedApp | undefined
  while (outermost?.parent) outermost = outermost.parent
  return outermost
}
