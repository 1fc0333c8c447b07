import type { RouteLabel } from '../trace/label'
import type { Session } from '../trace/session'
import type { HandlerRun, Trace } from '../trace/trace'
import { closedOver } from './closure'
import { Cursor, NO_LAYERS, type Place } from './cursor'
import { connect, connectBase, connectPath } from './dialects/connect'
import { dialectOf } from './dialects/dialects'
import type { RouteFound } from './found'
import { loadInspector } from './inspector'
import type { Interceptor } from './intercept'
import type { Handler, Layer } from './layer'
import type { Mount } from './mount'
import type { Naming } from './naming'
import { Nexts } from './next'
import { routeNameOf } from './own'
import { isStack, type Roles, stackOf } from './roles'
import { holds, type Level, RouteSearch } from './search'
import { Survey } from './survey'
import type { TracedRequest } from './traced'
import { currentPath, fullPath, pathOf, type RoutedRequest } from './url'

/** A request when its trace begins. */
export class Arrival {
  constructor(
    readonly req: RoutedRequest,
    /** The middleware of ours that it has come to. */
    readonly from: Handler,
    /** What that middleware was given to pass control on. */
    readonly next: Handler,
    /** The app or router in whose stack the middleware is; undefined where nobody knows. */
    readonly app: unknown
  ) {}
}

/** What the routes of the middleware at work are named by. */
export interface Names {
  /** The place without a mount path. */
  root: Mount
  naming: Naming
}

/** All that is done with the stacks of an app. */
export class Routing {
  readonly #roles: Roles
  readonly #interceptor: Interceptor
  readonly #survey: Survey
  /** The stacks in which our middleware is, by their routers' own account. */
  readonly #behind = new WeakMap<Handler, { stack: Layer[]; shows: boolean }>()

  constructor(roles: Roles, interceptor: Interceptor) {
    this.#roles = roles
    this.#interceptor = interceptor
    this.#survey = new Survey(roles)
    loadInspector()
  }

  /** Null for a request that began before there was a tracer (contract rule 3). */
  follow(arrival: Arrival, names: Names, session: Session): FollowedRequest | null {
    const { req, from, next } = arrival
    const { search, found, framework, stack } = this.#search(arrival, names.root, session)
    if (search.declined) return null
    this.#survey.begin(stack)

    const given = routeNameOf(from)
    const within = given !== undefined && found !== null && holds(found.route, from) ? found : null
    const cursor = new Cursor(search.start, next, within)
    // What opts in by itself knows its name, even in a route that can't be found.
    const { naming } = names
    const label =
      given !== undefined
        ? naming.ofNamed(given, within, req)
        : found !== null
          ? naming.ofRoute(found, req)
          : naming.ofNoRoute(search.deepest, req)
    return new FollowedRequest(framework, label, req, cursor, this.#roles, naming, this.#interceptor)
  }

  #search(arrival: Arrival, root: Mount, session: Session): Searched {
    const { req, from, next, app } = arrival
    const base = req.baseUrl ?? ''
    const stack = stackOf(outermostOf(app))
    if (stack !== null) {
      const { path, mount } = entranceOf(stack, arrival, root)
      const first = this.#searchIn(stack, path, mount, '', arrival, session)
      const { start, declined } = first.search
      const around = start === null ? '' : baseAround(base, start)
      // The outermost router that we know is itself mounted, where only the URL tells.
      if (around !== '')
        return this.#searchIn(
          stack,
          path.slice(around.length) || '/',
          root.around(around),
          around,
          arrival,
          session
        )
      if (start !== null || declined) return first
    }
    // There is no app, or one through which the request has only passed, or a tool hides our middleware in it.
    const { stack: own, shows } = this.#stackBehind(from, next)
    const behind = own.length > 0 ? own : (stackOf(app) ?? own)
    const mount = root.around(base)
    if (shows) return this.#searchIn(behind, currentPath(req), mount, base, arrival, session)
    const search = this.#newSearch(arrival, session, null)
    return new Searched(search, search.startIn(behind, currentPath(req), mount, base), behind)
  }

  #searchIn(
    stack: Layer[],
    path: string,
    mount: Mount,
    base: string,
    arrival: Arrival,
    session: Session
  ): Searched {
    const search = this.#newSearch(arrival, session, currentPath(arrival.req))
    const found = search.in(stack, path, mount, base)
    if (search.start !== null) return new Searched(search, found, stack)
    // Not where the paths say, should a handler have rewritten the URL in a way that we can't follow.
    const anywhere = this.#newSearch(arrival, session, null)
    return new Searched(anywhere, anywhere.in(stack, path, mount, base), stack)
  }

  #newSearch({ req, from }: Arrival, session: Session, current: string | null): RouteSearch {
    return new RouteSearch(this.#roles, req.method ?? '', from, current, this.#interceptor, session)
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

/** What of a request's base was taken by routers outside those in which it was found. */
function baseAround(base: string, { base: known }: Level): string {
  return base.endsWith(known) ? base.slice(0, base.length - known.length) : ''
}

/** Of a router, a route or Connect by what its `next` closes over. */
function stackBehind(next: Handler): Layer[] {
  const stack = stackOf(closedOver(next, 'self')) ?? closedOver(next, 'stack')
  return isStack(stack) ? stack : []
}

/** What an Express app knows of where it is mounted. */
interface MountedApp {
  parent?: MountedApp
}

function outermostOf(app: unknown): unknown {
  let outermost = app as MountedApp | undefined
  while (outermost?.parent) outermost = outermost.parent
  return outermost
}

/** A request that was found to be traced, at its way through the stacks of its app. */
export class FollowedRequest implements TracedRequest {
  /** To be set before the request goes on. */
  declare trace: Trace
  /** The server's name where the user gave none (contract rule 4). */
  readonly framework: 'express' | 'connect'
  /** Of the route that the request will reach (contract rule 5). */
  readonly label: RouteLabel
  readonly nexts: Nexts
  private readonly req: RoutedRequest
  private readonly cursor: Cursor
  private readonly roles: Roles
  private readonly naming: Naming
  private readonly interceptor: Interceptor

  constructor(
    framework: 'express' | 'connect',
    label: RouteLabel,
    req: RoutedRequest,
    cursor: Cursor,
    roles: Roles,
    naming: Naming,
    interceptor: Interceptor
  ) {
    this.framework = framework
    this.label = label
    this.req = req
    this.nexts = new Nexts(req)
    this.cursor = cursor
    this.roles = roles
    this.naming = naming
    this.interceptor = interceptor
  }

  enterLayer(layer: Layer, next: Handler): HandlerRun<Place | null> | null {
    const req = this.req
    const cursor = this.cursor
    const route = dialectOf(layer).routeOf(layer)
    if (route !== undefined) {
      this.attach(route.stack)
      cursor.enterRoute(layer, route, next, req)
      return null
    }
    const facts = this.roles.of(layer)
    const isContainer = facts.role === 'container'
    const inner = isContainer ? (this.roles.innerStack(layer) ?? NO_LAYERS) : NO_LAYERS
    if (isContainer) this.attach(inner)
    const place =
      'method' in layer ? cursor.placeInRoute(next, layer, req) : cursor.enter(layer, inner, next, req)
    if (facts.role !== 'handler') return null
    const found = place?.route ?? null
    return this.trace.startHandler(facts, found === null ? null : this.naming.ofRoute(found, req), place)
  }

  leaveLayer({ dispatch }: HandlerRun<Place | null>): void {
    if (dispatch !== null) this.attach(dispatch.stack)
  }

  private attach(stack: Layer[]): void {
    this.interceptor.attach(stack, this.trace.session)
  }
}
