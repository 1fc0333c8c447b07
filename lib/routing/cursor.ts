import { dialectOf } from './dialects/dialects'
import { RouteFound } from './found'
import type { Dialect, Handler, Layer, LayerMatch, Route } from './layer'
import type { Mount } from './mount'
import type { Level } from './search'
import { currentPath, pathOf, type RoutedRequest } from './url'

/**
 * A router or a route at work for this request. Each makes a `next` of its own
 * when it starts, by which its layers' calls are told from any other's.
 */
export class Place {
  /** Null while none of its layers has run since the trace began. */
  next: Handler | null = null
  /** The one that the same request came to before. */
  earlier: Place | null = null

  constructor(
    /** Of a router; empty where it is unknown, and for a route. */
    readonly stack: Layer[],
    readonly mount: Mount,
    /** `req.baseUrl` in it. */
    readonly base: string,
    public route: RouteFound | null
  ) {}
}

export const NO_LAYERS: Layer[] = []

/** Follows one request through routers and routes. */
export class Cursor {
  /** The last of few: as many as routers and routes have been at work so far. */
  private latest: Place | null = null
  // The layer that was run last: what starts next, if it is no known place, is inside it.
  private entered: Layer | null = null
  private enteredPlace: Place | null = null
  private enteredStack: Layer[] = NO_LAYERS
  private enteredRoute: RouteFound | null = null
  // The request's `baseUrl` and URL while that layer runs.
  private enteredBase = ''
  private enteredUrl = ''

  /**
   * @param level - the router in which the trace begins
   * @param next - what the middleware in which it begins was given
   * @param route - the route in whose stack it begins
   */
  constructor(level: Level | null, next: Handler, route: RouteFound | null) {
    if (level === null) return
    this.addLevel(level)
    if (route !== null) this.add(new Place(NO_LAYERS, level.mount, level.base, route))
    ;(this.latest as Place).next = next
  }

  private addLevel({ stack, mount, base, outer }: Level): void {
    if (outer !== null) this.addLevel(outer)
    this.add(new Place(stack, mount, base, null))
  }

  private add(place: Place): void {
    place.earlier = this.latest
    this.latest = place
  }

  /**
   * A layer is about to run that is no route.
   *
   * @param stack - of the router or app that it mounts; empty if none is known
   * @returns the place to which the layer belongs
   */
  enter(layer: Layer, stack: Layer[], next: Handler, req: RoutedRequest): Place | null {
    const place = this.placeOf(next, layer, req)
    if (place !== null) this.note(layer, stack, null, place, req)
    return place
  }

  /** A router is about to run a route. */
  enterRoute(layer: Layer, route: Route, next: Handler, req: RoutedRequest): void {
    const place = this.placeOf(next, layer, req)
    if (place === null) return
    const path = routePath(layer, req)
    const found = new RouteFound(place.mount, layer, route, path, req.method ?? '')
    this.note(layer, NO_LAYERS, found, place, req)
  }

  /** The place of a handler in a route's stack, by the `next` that it is given. */
  placeInRoute(next: Handler, layer: Layer, req: RoutedRequest): Place | null {
    const place = this.placeOf(next, layer, req)
    if (place !== null && place.route === null) place.route = this.routeWith(layer, req)
    return place
  }

  /** A route that was at work before the trace began, and is still. */
  private routeWith(handler: Layer, req: RoutedRequest): RouteFound | null {
    let found: RouteFound | null = null
    // The outermost counts.
    for (let place = this.latest; place !== null; place = place.earlier) {
      for (const layer of place.stack) {
        const route = dialectOf(layer).routeOf(layer)
        if (!route?.stack.includes(handler)) continue
        found = new RouteFound(place.mount, layer, route, routePath(layer, req), req.method ?? '')
        break
      }
    }
    return found
  }

  private note(
    layer: Layer,
    stack: Layer[],
    route: RouteFound | null,
    place: Place,
    req: RoutedRequest
  ): void {
    this.entered = layer
    this.enteredPlace = place
    this.enteredStack = stack
    this.enteredRoute = route
    this.enteredBase = req.baseUrl ?? ''
    this.enteredUrl = req.url ?? ''
  }

  private placeOf(next: Handler, layer: Layer, req: RoutedRequest): Place | null {
    // A router around the one in which the trace began, to which the request has come back; unless that is
    // mounted once more, and has just been entered there.
    let around: Place | null = null
    for (let place = this.latest; place !== null; place = place.earlier) {
      if (place.next === next) return place
      if (place.next === null && place.stack.includes(layer)) around = place
    }
    if (around !== null && !(this.entered !== null && this.enteredStack.includes(layer))) {
      around.next = next
      return around
    }
    const place = this.placeInEntered(req)
    if (place === null) return null
    place.next = next
    this.add(place)
    return place
  }

  private placeInEntered(req: RoutedRequest): Place | null {
    const entered = this.entered
    const stack = this.enteredStack
    const route = this.enteredRoute
    this.entered = null
    if (entered === null) {
      // A second router inside what was entered: a handler has called it by itself.
      const outer = this.latest
      return outer === null ? null : new Place(NO_LAYERS, outer.mount, outer.base, null)
    }
    const outer = this.enteredPlace as Place
    if (route !== null) return new Place(stack, outer.mount, outer.base, route)
    const base = this.enteredBase
    const rest = restOf(pathOf(this.enteredUrl), base, pathOf(req.originalUrl ?? ''))
    const text = mountPath(entered, base.slice(outer.base.length), rest)
    const mount = text === '' ? outer.mount : outer.mount.child(entered, text)
    return new Place(stack, mount, base, null)
  }
}

/** What was left of the path that was asked for: routers put a slash before what has none, as after `/a` of `/a.b`. */
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

/** What the router has matched may not be what is asked about: here a parameter that can't be decoded is no match. */
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
