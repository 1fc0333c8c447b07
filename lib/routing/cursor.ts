import { dialectOf } from './dialects'
import type { Dialect, Handler, Layer, LayerMatch, Route } from './layer'
import type { Mount } from './mount'
import type { Level, RouteFound } from './search'
import { currentPath, pathOf, type RoutedRequest } from './url'

/**
 * A router or a route at work for this request. Each makes a `next` of its own
 * when it starts, by which its layers' calls are told from any other's.
 */
export interface Place {
  /** Null while none of its layers has run since the trace began. */
  next: Handler | null
  /** Of a router; empty where it is unknown, and for a route. */
  readonly stack: Layer[]
  readonly mount: Mount
  /** `req.baseUrl` in it. */
  readonly base: string
  route: RouteFound | null
  readonly outer: Place | null
}

const NO_LAYERS: Layer[] = []

/** Follows one request through routers and routes. */
export class Cursor {
  /** Few: as many as routers and routes have been at work so far. */
  private readonly places: Place[] = []
  // The layer that was run last: what starts next, if it is no known place, is inside it.
  private entered: Layer | null = null
  private enteredPlace: Place | null = null
  private enteredStack: Layer[] = NO_LAYERS
  private enteredRoute: RouteFound | null = null
  // The request's `baseUrl` and URL while that layer runs.
  private enteredBase = ''
  private enteredUrl = ''

  /**
   * @param levels - the routers in which the trace begins, outermost first
   * @param next - what the middleware in which it begins was given
   * @param route - the route in whose stack it begins
   */
  constructor(levels: Level[], next: Handler, route: RouteFound | null) {
    let outer: Place | null = null
    for (const { stack, mount, base } of levels) {
      outer = { next: null, stack, mount, base, route: null, outer }
      this.places.push(outer)
    }
    if (outer === null) return
    if (route !== null) {
      outer = { next: null, stack: NO_LAYERS, mount: outer.mount, base: outer.base, route, outer }
      this.places.push(outer)
    }
    outer.next = next
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
    const found = { mount: place.mount, layer, route, path, method: req.method ?? '' }
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
    for (const { stack, mount } of this.places) {
      for (const layer of stack) {
        const route = dialectOf(layer).routeOf(layer)
        if (route?.stack.includes(handler))
          return { mount, layer, route, path: routePath(layer, req), method: req.method ?? '' }
      }
    }
    return null
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
    const places = this.places
    for (let i = places.length - 1; i >= 0; i--) {
      const place = places[i] as Place
      if (place.next === next) return place
    }
    // A router around the one in which the trace began, to which the request has come back; unless that is
    // mounted once more, and has just been entered there.
    const around = places.find((place) => place.next === null && place.stack.includes(layer))
    if (around !== undefined && !(this.entered !== null && this.enteredStack.includes(layer))) {
      around.next = next
      return around
    }
    const place = this.placeInEntered(req)
    if (place === null) return null
    place.next = next
    places.push(place)
    return place
  }

  private placeInEntered(req: RoutedRequest): Place | null {
    const entered = this.entered
    const stack = this.enteredStack
    const route = this.enteredRoute
    this.entered = null
    if (entered === null) {
      // A second router inside what was entered: a handler has called it by itself.
      const outer = this.places.at(-1)
      return outer === undefined
        ? null
        : { next: null, stack: NO_LAYERS, mount: outer.mount, base: outer.base, route: null, outer }
    }
    const outer = this.enteredPlace as Place
    if (route !== null) return { next: null, stack, mount: outer.mount, base: outer.base, route, outer }
    const base = this.enteredBase
    const rest = restOf(pathOf(this.enteredUrl), base, pathOf(req.originalUrl ?? ''))
    const text = mountPath(entered, base.slice(outer.base.length), rest)
    const mount = text === '' ? outer.mount : outer.mount.child(entered, text)
    return { next: null, stack, mount, base, route: null, outer }
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
