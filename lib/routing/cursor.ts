import { dialectOf } from './dialects'
import type { Handler, Layer, Route } from './layer'
import type { Level, RouteFound } from './search'
import { currentPath, type RoutedRequest } from './url'

/**
 * A router or a route at work for this request. Each makes a `next` of its own
 * when it starts, by which its layers' calls are told from any other's.
 */
interface Place extends Level {
  /** Null while none of its layers has run since the trace began. */
  next: Handler | null
  route: RouteFound | null
  outer: Place | null
}

/** The layer that was run last: what starts next, if it is no known place, is inside it. */
interface Entered {
  layer: Layer
  /** `req.baseUrl` inside it. */
  base: string
  route: RouteFound | null
}

/** Follows one request through routers and routes. */
export class Cursor {
  #place: Place
  #entered: Entered | null = null

  /**
   * @param levels - the routers in which the trace begins, outermost first
   * @param next - what the middleware in which it begins was given
   * @param route - the route in whose stack it begins
   */
  constructor(levels: [Level, ...Level[]], next: Handler, route: RouteFound | null) {
    let place: Place | null = null
    for (const level of levels) place = { ...level, next: null, route: null, outer: place }
    const innermost = place as Place
    this.#place = route === null ? innermost : { ...innermost, route, next: null, outer: innermost }
    this.#place.next = next
  }

  /** A layer of a router's is about to run that is no route: what it holds, if anything, is mounted at its path. */
  enter(layer: Layer, next: Handler, req: RoutedRequest): void {
    this.#placeOf(next, req)
    this.#entered = { layer, base: req.baseUrl ?? '', route: null }
  }

  /** A router is about to run a route. */
  enterRoute(layer: Layer, route: Route, next: Handler, req: RoutedRequest): void {
    const { mount, base } = this.#placeOf(next, req)
    const path = textOf(layer, () => currentPath(req))
    this.#entered = { layer, base, route: { mount, layer, route, path } }
  }

  /** The route to whose stack a handler belongs, by the `next` that it is given. */
  routeOf(next: Handler, req: RoutedRequest): RouteFound | null {
    return this.#placeOf(next, req).route
  }

  #placeOf(next: Handler, req: RoutedRequest): Place {
    for (let known: Place | null = this.#place; known !== null; known = known.outer) {
      if (known.next === next) {
        this.#place = known
        return known
      }
    }
    const place = this.#outerPlace(req) ?? this.#innerPlace(req)
    place.next = next
    this.#place = place
    return place
  }

  /** A router around the one in which the trace began, to which the request has come back. */
  #outerPlace(req: RoutedRequest): Place | null {
    const base = req.baseUrl ?? ''
    const inside = this.#entered?.base
    for (let place: Place | null = this.#place; place !== null; place = place.outer) {
      if (place.next === null && place.base === base && (inside === undefined || inside.length > base.length))
        return place
    }
    return null
  }

  #innerPlace(req: RoutedRequest): Place {
    const entered = this.#entered
    this.#entered = null
    // A second router inside what was entered: a handler has called it by itself.
    if (entered === null) return { ...this.#place, next: null, route: null, outer: this.#place }
    const outer = this.#place
    if (entered.route !== null)
      return { mount: outer.mount, base: outer.base, next: null, route: entered.route, outer }
    const { layer, base } = entered
    const text = textOf(layer, () => `${base}${currentPath(req)}`.slice(outer.base.length))
    const mount = text === '' ? outer.mount : outer.mount.child(layer, text)
    return { mount, base, next: null, route: null, outer }
  }
}

/** The path that a layer which is running was given. */
function textOf(layer: Layer, pathOfRequest: () => string): string {
  const dialect = dialectOf(layer)
  const fixed = dialect.fixedPath(layer)
  if (fixed !== null) return fixed
  const path = pathOfRequest()
  const match = dialect.match(layer, path)
  return match === null ? '' : dialect.pathText(layer, match, path)
}
