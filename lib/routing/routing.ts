import type { Name } from '../provider/names'
import type { Session } from '../trace/session'
import type { HandlerRun, Trace } from '../trace/trace'
import { closedOver } from './closure'
import { Cursor, type Place } from './cursor'
import { dialectOf } from './dialects'
import type { Interceptor } from './intercept'
import type { Handler, Layer } from './layer'
import type { Mount } from './mount'
import { routeNameOf } from './own'
import { isStack, type Roles, stackOf } from './roles'
import { holds, type Level, nameOf, type RouteFound, RouteSearch } from './search'
import type { RouteTable } from './table'
import type { TracedRequest } from './traced'
import { currentPath, fullPath, type RoutedRequest } from './url'

/** A request when its trace begins. */
export interface Arrival {
  req: RoutedRequest
  /** The middleware of ours that it has come to. */
  from: Handler
  /** What that middleware was given to pass control on. */
  next: Handler
  /** The app or router in whose stack the middleware is; undefined where nobody knows. */
  app: unknown
}

/** How the middleware at work wants its routes named. */
export interface Names {
  /** The place without a mount path. */
  root: Mount
  table: RouteTable
}

/** All that is done with the stacks of an app. */
export class Routing {
  readonly #roles: Roles
  readonly #interceptor: Interceptor
  /** The stacks of routers and apps that tell nobody who they are, by the middleware of ours in them. */
  readonly #unnamed = new WeakMap<Handler, Layer[]>()

  constructor(roles: Roles, interceptor: Interceptor) {
    this.#roles = roles
    this.#interceptor = interceptor
  }

  /** Null for a request that began before there was a tracer (contract rule 3). */
  follow(arrival: Arrival, names: Names, session: Session): FollowedRequest | null {
    const { req, from, next } = arrival
    const stack = this.#stackOf(arrival)
    const { search, found } = this.#search(arrival, stack, names.root, session)
    if (search.declined) return null

    const given = routeNameOf(from)
    const within = given !== undefined && found !== null && holds(found.route, from) ? found : null
    const cursor = new Cursor(search.start ?? [], next, within)
    const framework = stack[0] === undefined ? 'express' : dialectOf(stack[0]).framework
    // What opts in by itself knows its name, even in a route that can't be found.
    const name = given === undefined ? nameFor(req, found, search, names) : names.root.naming.given(given)
    return new FollowedRequest(framework, name, req, cursor, this.#roles, names, this.#interceptor)
  }

  #search(
    { req, from, app }: Arrival,
    stack: Layer[],
    root: Mount,
    session: Session
  ): { search: RouteSearch; found: RouteFound | null } {
    const searchFor = () => new RouteSearch(this.#roles, req.method ?? '', from, this.#interceptor, session)
    const path = fullPath(req)
    const whole = searchFor()
    const found = whole.in(stack, path, root)
    if (whole.declined) return { search: whole, found }
    if (whole.start === null) {
      // Our middleware is where the stack doesn't show it, or a tool has put a function around it.
      const search = searchFor()
      const inner = stackOf(app) ?? stack
      return { search, found: search.startIn(inner, currentPath(req), mountOf(app, root)) }
    }
    const around = baseAround(req.baseUrl ?? '', whole.start)
    if (around === '') return { search: whole, found }
    // The outermost router that we know is itself mounted, where only the URL tells.
    const search = searchFor()
    return { search, found: search.in(stack, path.slice(around.length) || '/', root.around(around)) }
  }

  #stackOf({ app, from, next }: Arrival): Layer[] {
    const stack = stackOf(outermostOf(app))
    if (stack !== null) return stack
    let unnamed = this.#unnamed.get(from)
    if (unnamed === undefined || !unnamed.some(({ handle }) => handle === from)) {
      unnamed = stackBehind(next)
      this.#unnamed.set(from, unnamed)
    }
    return unnamed
  }
}

/** What of a request's base was taken by routers outside those in which it was found. */
function baseAround(base: string, levels: Level[]): string {
  const known = levels.at(-1)?.base ?? ''
  return base.endsWith(known) ? base.slice(0, base.length - known.length) : ''
}

/** Of a router, a route or Connect by what its `next` closes over. */
function stackBehind(next: Handler): Layer[] {
  const stack = stackOf(closedOver(next, 'self')) ?? closedOver(next, 'stack')
  return isStack(stack) ? stack : []
}

function nameFor(req: RoutedRequest, found: RouteFound | null, search: RouteSearch, names: Names): Name {
  const { root, table } = names
  const method = req.method ?? ''
  if (found !== null) return routeName(found, req, names)
  const named = table.empty ? null : table.nameFor(method, fullPath(req), root.naming)
  return named ?? search.deepest?.ownName(method) ?? root.naming.unmatched
}

/** The parts of an Express app that tell where it is mounted. */
interface MountedApp {
  parent?: MountedApp
  mountpath?: unknown
}

function outermostOf(app: unknown): unknown {
  let outermost = app as MountedApp | undefined
  while (outermost?.parent) outermost = outermost.parent
  return outermost
}

/** Where a sub-app is mounted, by its own account. */
function mountOf(app: unknown, root: Mount): Mount {
  const { parent, mountpath } = (app ?? {}) as MountedApp
  if (!parent) return root
  return mountOf(parent, root).child(app as object, String([mountpath].flat(Number.POSITIVE_INFINITY)[0]))
}

/** The name that the user gave a route; else that of the table's entry for the path; else one from the route's own path. */
function routeName(found: RouteFound, req: RoutedRequest, { root, table }: Names): Name {
  const { name, given } = nameOf(found)
  if (given || table.empty) return name
  return table.nameFor(found.method, fullPath(req), root.naming) ?? name
}

/** A request that was found to be traced, at its way through the stacks of its app. */
export class FollowedRequest implements TracedRequest {
  /** To be set before the request goes on. */
  declare trace: Trace
  /** The server's name where the user gave none (contract rule 4). */
  readonly framework: 'express' | 'connect'
  /** Of the route that the request will reach (contract rule 5). */
  readonly name: Name
  private readonly req: RoutedRequest
  private readonly cursor: Cursor
  private readonly roles: Roles
  private readonly names: Names
  private readonly interceptor: Interceptor

  constructor(
    framework: 'express' | 'connect',
    name: Name,
    req: RoutedRequest,
    cursor: Cursor,
    roles: Roles,
    names: Names,
    interceptor: Interceptor
  ) {
    this.framework = framework
    this.name = name
    this.req = req
    this.cursor = cursor
    this.roles = roles
    this.names = names
    this.interceptor = interceptor
  }

  enterLayer(layer: Layer, next: Handler): HandlerRun | null {
    const req = this.req
    const cursor = this.cursor
    const route = dialectOf(layer).routeOf(layer)
    if (route !== undefined) {
      this.attach(route.stack)
      cursor.enterRoute(layer, route, next, req)
      return null
    }
    const { role, name } = this.roles.of(layer)
    const inner = role === 'container' ? (this.roles.innerStack(layer) ?? []) : []
    if (role === 'container') this.attach(inner)
    const place = 'method' in layer ? cursor.placeInRoute(next, layer) : cursor.enter(layer, inner, next, req)
    if (role !== 'handler') return null
    const found = place?.route ?? null
    return this.trace.startHandler(name, found === null ? null : routeName(found, req, this.names), place)
  }

  leaveLayer(run: HandlerRun): void {
    if (run.place !== null) this.attach((run.place as Place).stack)
  }

  private attach(stack: Layer[]): void {
    this.interceptor.attach(stack, this.trace.session)
  }
}
