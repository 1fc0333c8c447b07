import type { Name } from '../provider/names'
import type { Session } from '../trace/session'
import type { HandlerRun, Trace } from '../trace/trace'
import { Cursor } from './cursor'
import { dialectOf } from './dialects'
import type { Interceptor } from './intercept'
import type { Handler, Layer } from './layer'
import type { Mount } from './mount'
import { beginsTraces } from './own'
import { type Roles, stackOf } from './roles'
import { type Level, nameOf, type RouteFound, RouteSearch } from './search'
import type { RouteTable } from './table'
import type { TracedRequest } from './traced'
import { currentPath, pathOf, type RoutedRequest } from './url'

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

/** The route that a request will reach, and how to follow it there. */
export interface Prospect {
  /** The server's name where the user gave none (contract rule 4). */
  framework: 'express' | 'connect'
  /** For route-start (contract rule 5). */
  name: Name
  follow(trace: Trace): TracedRequest
}

/** All that is done with the stacks of an app. */
export class Routing {
  readonly #roles: Roles
  readonly #interceptor: Interceptor

  constructor(roles: Roles, interceptor: Interceptor) {
    this.#roles = roles
    this.#interceptor = interceptor
  }

  /** Null for a request that began before there was a tracer (contract rule 3). */
  prospect(arrival: Arrival, names: Names, session: Session): Prospect | null {
    const { req, from, next } = arrival
    const method = req.method ?? ''
    const attach = (stack: Layer[]) => this.#interceptor.attach(stack, session)
    const stack = stackOf(outermostOf(arrival.app)) ?? []
    const { search, found } = this.#search(arrival, stack, names.root, attach)
    if (search.declined) return null

    const levels = search.start ?? [{ mount: names.root, base: req.baseUrl ?? '' }]
    // The search for a route that opts in by itself ends at that route.
    const within = found?.route.stack.some(({ handle }) => handle === from) ? found : null
    const cursor = new Cursor(levels as [Level, ...Level[]], next, within)
    const path = `${req.baseUrl ?? ''}${currentPath(req)}`
    return {
      framework: stack[0] === undefined ? 'express' : dialectOf(stack[0]).framework,
      name:
        found === null
          ? (names.table.nameFor(method, path, names.root.naming) ??
            search.deepest?.ownName(method) ??
            names.root.naming.unmatched)
          : routeName(found, method, path, names),
      follow: (trace) => new FollowedRequest(req, trace, cursor, this.#roles, names, attach)
    }
  }

  #search(
    { req, from, app }: Arrival,
    stack: Layer[],
    root: Mount,
    attach: (stack: Layer[]) => void
  ): { search: RouteSearch; found: RouteFound | null } {
    const searchFrom = (start: Handler | null) =>
      new RouteSearch(this.#roles, req.method ?? '', start, attach)

    const index = stack.findIndex(({ handle }) => handle === from)
    if (index !== -1) {
      const search = searchFrom(null)
      search.declined = stack.slice(0, index).some(({ handle }) => beginsTraces(handle))
      return { search, found: search.in(stack, currentPath(req), root, req.baseUrl ?? '', index + 1) }
    }

    const whole = searchFrom(from)
    const found = whole.in(stack, pathOf(req.originalUrl ?? req.url ?? ''), root, '')
    if (whole.start !== null) return { search: whole, found }

    // Our middleware is where the stack doesn't show it, or a tool has put a function around it.
    const search = searchFrom(null)
    const inner = stackOf(app) ?? []
    return { search, found: search.in(inner, currentPath(req), mountOf(app, root), req.baseUrl ?? '') }
  }
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
function routeName(found: RouteFound, method: string, path: string, { root, table }: Names): Name {
  const { name, given } = nameOf(found, method)
  if (given || table.empty) return name
  return table.nameFor(method, path, root.naming) ?? name
}

class FollowedRequest implements TracedRequest {
  readonly trace: Trace
  readonly #req: RoutedRequest
  readonly #cursor: Cursor
  readonly #roles: Roles
  readonly #names: Names
  readonly #attach: (stack: Layer[]) => void

  constructor(
    req: RoutedRequest,
    trace: Trace,
    cursor: Cursor,
    roles: Roles,
    names: Names,
    attach: (stack: Layer[]) => void
  ) {
    this.trace = trace
    this.#req = req
    this.#cursor = cursor
    this.#roles = roles
    this.#names = names
    this.#attach = attach
  }

  enterLayer(layer: Layer, next: Handler): HandlerRun | null {
    const req = this.#req
    const route = dialectOf(layer).routeOf(layer)
    if (route !== undefined) {
      this.#attach(route.stack)
      this.#cursor.enterRoute(layer, route, next, req)
      return null
    }
    const { role, name } = this.#roles.of(layer)
    const inRoute = 'method' in layer
    if (!inRoute) this.#cursor.enter(layer, next, req)
    if (role === 'container') this.#attach(this.#roles.innerStack(layer) ?? [])
    if (role !== 'handler') return null
    const found = inRoute ? this.#cursor.routeOf(next, req) : null
    return this.trace.startHandler(name, found === null ? null : this.#nameOf(found))
  }

  #nameOf(found: RouteFound): Name {
    const req = this.#req
    const path = this.#names.table.empty ? '' : `${req.baseUrl ?? ''}${currentPath(req)}`
    return routeName(found, req.method ?? '', path, this.#names)
  }
}
