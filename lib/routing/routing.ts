import type { RouteAhead, RouteLabel } from '../trace/route-label'
import type { Session } from '../trace/session'
import type { Arrival } from './arrival'
import { closedOver } from './closure'
import { RoutingContext } from './context'
import { connect, connectBase, connectPath } from './dialects/connect'
import { dialectOf } from './dialects/dialects'
import { Dispatch } from './dispatch'
import { Dispatches } from './dispatches'
import { FollowedRequest } from './followed-request'
import { Fronts } from './front'
import type { Handler, Layer } from './layer'
import type { LayerInfos } from './layer-info'
import type { Mount } from './mount'
import { routeNameOf } from './ours'
import { loadInspector } from './own-inspector'
import { Patcher } from './patch'
import type { RouteFound } from './route-found'
import type { RouteNaming } from './route-naming'
import { holds, RouteSearch } from './search'
import { isStack, type MountedApp, noteApps, stackOf } from './stacks'
import { Survey } from './survey'
import { currentPath, fullPath, pathOf } from './url'

/** Finds out where in the stacks of an app a request is when its trace begins, and which route it will reach. */
export class Routing {
  readonly #layers: LayerInfos
  readonly #patcher: Patcher
  readonly #survey: Survey
  readonly #fronts: Fronts
  /** The stacks in which our middleware is, by their routers' own account. */
  readonly #behind = new WeakMap<Handler, { stack: Layer[]; shows: boolean }>()

  constructor(layers: LayerInfos) {
    this.#layers = layers
    this.#patcher = new Patcher(layers)
    this.#survey = new Survey(layers)
    this.#fronts = new Fronts(layers)
    loadInspector()
  }

  contextFor(naming: RouteNaming): RoutingContext {
    return new RoutingContext(this.#layers, this.#patcher, naming)
  }

  /** Null for a request that began before there was a tracer (contract rule 3: a tracer sees whole requests only). */
  follow(arrival: Arrival, context: RoutingContext, session: Session): FollowedRequest | null {
    const { req, from, next, app } = arrival
    noteApps(req)
    const stack = stackOf(outermostOf(app))
    if (
      stack !== null &&
      !arrival.baseUrl &&
      routeNameOf(from) === undefined &&
      this.#fronts.has(from, stack)
    ) {
      context.patcher.patch(stack, session)
      this.#survey.begin(stack)
      const { framework } = dialectOf(stack[0] as Layer)
      const start = new Dispatch(stack, context.root, '', null)
      const ahead = new Unsearched(stack, arrival, context, session)
      return new FollowedRequest(req, framework, ahead, new Dispatches(start, next, null), context)
    }
    const searched = this.#search(stack, arrival, context, session)
    if (searched.search.passedUntraced) return null
    this.#survey.begin(searched.stack)
    const dispatches = new Dispatches(searched.search.start, next, searched.within)
    return new FollowedRequest(req, searched.framework, searched, dispatches, context)
  }

  /** @param stack - that of the outermost app; null where none is known */
  #search(stack: Layer[] | null, arrival: Arrival, context: RoutingContext, session: Session): Searched {
    const { from, next, app } = arrival
    const { root } = context
    const base = arrival.baseUrl ?? ''
    const searching = new Searching(arrival, context, session)
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
    const path = currentPath(arrival)
    return shows ? searching.in(behind, path, mount, base) : searching.startingIn(behind, path, mount, base)
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
    const search = this.newSearch(currentPath(this.arrival))
    const found = search.in(stack, path, mount, base)
    if (search.start !== null) return this.searched(search, found, stack)
    // The paths do not lead to our middleware: a handler may have rewritten the URL in a way that we can't follow.
    const anywhere = this.newSearch(null)
    return this.searched(anywhere, anywhere.in(stack, path, mount, base), stack)
  }

  startingIn(stack: Layer[], path: string, mount: Mount, base: string): Searched {
    const search = this.newSearch(null)
    return this.searched(search, search.startIn(stack, path, mount, base), stack)
  }

  private newSearch(current: string | null): RouteSearch {
    const { from, method } = this.arrival
    return new RouteSearch(this.context, this.session, from, method, current)
  }

  private searched(search: RouteSearch, found: RouteFound | null, stack: Layer[]): Searched {
    return new Searched(search, found, stack, this.arrival, this.context.naming)
  }
}

/** The result of a search. */
class Searched implements RouteAhead {
  readonly framework: 'express' | 'connect'
  /** The route in whose stack the middleware is; null where that is in none. */
  readonly within: RouteFound | null

  constructor(
    readonly search: RouteSearch,
    private readonly found: RouteFound | null,
    readonly stack: Layer[],
    private readonly arrival: Arrival,
    private readonly naming: RouteNaming
  ) {
    const { from } = arrival
    this.framework = stack[0] === undefined ? 'express' : dialectOf(stack[0]).framework
    this.within = found !== null && routeNameOf(from) !== undefined && holds(found.route, from) ? found : null
  }

  label(): RouteLabel {
    const given = routeNameOf(this.arrival.from)
    // A route that opts in by itself knows its name, even where the route can't be found.
    if (given !== undefined) return this.naming.ofNamed(given, this.within, this.arrival)
    if (this.found !== null) return this.naming.ofRoute(this.found, this.arrival)
    return this.naming.ofNoRoute(this.search.deepest, this.arrival)
  }
}

/** A request that has come to the front of its app: it is searched for its route only where none has run. */
class Unsearched implements RouteAhead {
  constructor(
    private readonly stack: Layer[],
    private readonly arrival: Arrival,
    private readonly context: RoutingContext,
    private readonly session: Session
  ) {}

  label(): RouteLabel {
    try {
      const searching = new Searching(this.arrival, this.context, this.session)
      return searching.in(this.stack, fullPath(this.arrival), this.context.root, '').label()
    } catch {
      return this.context.naming.unmatched
    }
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

function entranceOf(stack: Layer[], arrival: Arrival, root: Mount): Entrance {
  const { from, app } = arrival
  const layer = stack.find(({ handle }) => handle === from)
  if (layer === undefined || dialectOf(layer) !== connect) return new Entrance(fullPath(arrival), root)
  const asked = pathOf(arrival.originalUrl ?? arrival.url ?? '')
  const path = connectPath(layer, currentPath(arrival), asked)
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
