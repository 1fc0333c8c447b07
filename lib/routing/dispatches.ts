import { dialectOf } from './dialects/dialects'
import { Dispatch, NO_LAYERS } from './dispatch'
import type { Dialect, Handler, Layer, LayerMatch, Route } from './layer'
import { RouteFound } from './route-found'
import { currentPath, pathOf, type RoutedRequest } from './url'

/** Knows which router or route it is that runs a layer, for one request on its way through the stacks of an app. */
export class Dispatches {
  /** The last of a short list: it has as many members as there were routers and routes at work so far. */
  private latest: Dispatch | null = null
  // The layer that was run last. A router or route that starts next is inside it, unless it is one that is known.
  private entered: Layer | null = null
  private enteredFrom: Dispatch | null = null
  private enteredStack: Layer[] = NO_LAYERS
  private enteredRoute: RouteFound | null = null
  // The request's `baseUrl` and URL while that layer runs.
  private enteredBase = ''
  private enteredUrl = ''

  /**
   * @param start - the router in which the trace begins, with those around it
   * @param next - what the middleware in which it begins was given
   * @param route - the route in whose stack it begins
   */
  constructor(start: Dispatch | null, next: Handler, route: RouteFound | null) {
    this.latest = start
    if (start === null) return
    if (route !== null) this.add(new Dispatch(NO_LAYERS, start.mount, start.base, null), route)
    ;(this.latest as Dispatch).next = next
  }

  private add(dispatch: Dispatch, route: RouteFound | null = null): Dispatch {
    dispatch.route = route
    dispatch.earlier = this.latest
    this.latest = dispatch
    return dispatch
  }

  /**
   * A layer is about to run that is no route.
   *
   * @param stack - of the router or app that it mounts; empty if none is known
   * @param next - what the layer will be given
   * @returns the router that runs the layer
   */
  enter(layer: Layer, stack: Layer[], next: Handler, req: RoutedRequest): Dispatch | null {
    const dispatch = this.of(next, layer, req)
    if (dispatch !== null) this.note(layer, stack, null, dispatch, req)
    return dispatch
  }

  /** A router is about to run a route. */
  enterRoute(layer: Layer, route: Route, next: Handler, req: RoutedRequest): void {
    const dispatch = this.of(next, layer, req)
    if (dispatch === null) return
    const path = routePath(layer, req)
    const found = new RouteFound(dispatch.mount, layer, route, path, req.method ?? '')
    this.note(layer, NO_LAYERS, found, dispatch, req)
  }

  /** A layer in a route's stack is about to run. Gives the route. */
  inRoute(next: Handler, layer: Layer, req: RoutedRequest): Dispatch | null {
    const dispatch = this.of(next, layer, req)
    if (dispatch !== null && dispatch.route === null) dispatch.route = this.routeWith(layer, req)
    return dispatch
  }

  /** A route that was at work before the trace began, and still is. */
  private routeWith(handler: Layer, req: RoutedRequest): RouteFound | null {
    let found: RouteFound | null = null
    // The outermost counts.
    for (let dispatch = this.latest; dispatch !== null; dispatch = dispatch.earlier) {
      for (const layer of dispatch.stack) {
        const route = dialectOf(layer).routeOf(layer)
        if (!route?.stack.includes(handler)) continue
        found = new RouteFound(dispatch.mount, layer, route, routePath(layer, req), req.method ?? '')
        break
      }
    }
    return found
  }

  private note(
    layer: Layer,
    stack: Layer[],
    route: RouteFound | null,
    from: Dispatch,
    req: RoutedRequest
  ): void {
    this.entered = layer
    this.enteredFrom = from
    this.enteredStack = stack
    this.enteredRoute = route
    this.enteredBase = req.baseUrl ?? ''
    this.enteredUrl = req.url ?? ''
  }

  /** The router or route that gives this `next` to a layer. */
  private of(next: Handler, layer: Layer, req: RoutedRequest): Dispatch | null {
    // A router around the one in which the trace began, to which the request has come back; unless that is
    // mounted once more, and has just been entered there.
    let around: Dispatch | null = null
    for (let dispatch = this.latest; dispatch !== null; dispatch = dispatch.earlier) {
      if (dispatch.next === next) return dispatch
      if (dispatch.next === null && dispatch.stack.includes(layer)) around = dispatch
    }
    if (around !== null && !(this.entered !== null && this.enteredStack.includes(layer))) {
      around.next = next
      return around
    }
    const dispatch = this.startedIn(req)
    if (dispatch !== null) dispatch.next = next
    return dispatch
  }

  /** The router or route that has started inside the layer that was entered last. */
  private startedIn(req: RoutedRequest): Dispatch | null {
    const entered = this.entered
    const stack = this.enteredStack
    const route = this.enteredRoute
    const base = this.enteredBase
    const latest = this.latest
    this.entered = null
    if (entered === null) {
      // A second router inside what was entered: a handler has called it by itself.
      return latest === null ? null : this.add(new Dispatch(NO_LAYERS, latest.mount, latest.base, null))
    }
    const outer = this.enteredFrom as Dispatch
    if (route !== null) return this.add(new Dispatch(stack, outer.mount, outer.base, null), route)
    const rest = restOf(pathOf(this.enteredUrl), base, pathOf(req.originalUrl ?? ''))
    const text = mountPath(entered, base.slice(outer.base.length), rest)
    const mount = text === '' ? outer.mount : outer.mount.child(entered, text)
    return this.add(new Dispatch(stack, mount, base, null))
  }
}

/** The part of the path that was not taken yet: routers put a slash before what has none, as after `/a` of `/a.b`. */
function restOf(left: string, base: string, asked: string): string {
  return left !== '/' && asked === base + left.slice(1) ? left.slice(1) : left
}

/** The mount path of a layer that is running, whose router has taken `taken` off a path and left `rest`. */
function mountPath(layer: Layer, taken: string, rest: string): string {
  const dialect = dialectOf(layer)
  const fixed = dialect.fixedPath(layer)
  if (fixed !== null) return fixed
  for (const path of [taken + rest, taken]) {
    const match = matchOf(dialect, layer, path)
    if (match !== null && match.path.replace(/\/$/, '') === taken) return dialect.pathText(layer, match, path)
  }
  return ''
}

/** A parameter that can't be decoded is no match here: the path that is asked about may not be the one that the router matched. */
function matchOf(dialect: Dialect, layer: Layer, path: string): LayerMatch | null {
  try {
    return dialect.match(layer, path)
  } catch {
    return null
  }
}

function routePath(layer: Layer, req: RoutedRequest): string {
  const dialect = dialectOf(layer)
  const fixed = dialect.fixedPath(layer)
  if (fixed !== null) return fixed
  const path = currentPath(req)
  const match = matchOf(dialect, layer, path)
  return match === null ? '' : dialect.pathText(layer, match, path)
}
