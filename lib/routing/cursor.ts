import { dialectOf } from './dialects'
import type { Handler, Layer, Route } from './layer'
import type { Mount } from './mount'
import type { Level, RouteFound } from './search'
import { currentPath, type RoutedRequest } from './url'

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
  readonly route: RouteFound | null
  readonly outer: Place | null
}

/** The layer that was run last: what starts next, if it is no known place, is inside it. */
interface Entered {
  layer: Layer
  stack: Layer[]
  route: RouteFound | null
  place: Place
  /** The request's `baseUrl` and path while the layer runs. */
  base: string
  path: string
}

/** Follows one request through routers and routes. */
export class Cursor {
  /** Few: as many as routers and routes have been at work so far. */
  readonly #places: Place[] = []
  #entered: Entered | null = null

  /**
   * @param levels - the routers in which the trace begins, outermost first
   * @param next - what the middleware in which it begins was given
   * @param route - the route in whose stack it begins
   */
  constructor(levels: Level[], next: Handler, route: RouteFound | null) {
    let outer: Place | null = null
    for (const { stack, mount } of levels) {
      outer = { next: null, stack, mount, route: null, outer }
      this.#places.push(outer)
    }
    if (outer === null) return
    if (route !== null) {
      outer = { next: null, stack: [], mount: outer.mount, route, outer }
      this.#places.push(outer)
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
    const place = this.#placeOf(next, layer)
    if (place !== null) this.#note(layer, stack, null, place, req)
    return place
  }

  /** A router is about to run a route. */
  enterRoute(layer: Layer, route: Route, next: Handler, req: RoutedRequest): void {
    const place = this.#placeOf(next, layer)
    if (place === null) return
    const path = textOf(layer, currentPath(req))
    this.#note(layer, [], { mount: place.mount, layer, route, path }, place, req)
  }

  /** The place of a handler in a route's stack, by the `next` that it is given. */
  placeInRoute(next: Handler, layer: Layer): Place | null {
    return this.#placeOf(next, layer)
  }

  #note(layer: Layer, stack: Layer[], route: RouteFound | null, place: Place, req: RoutedRequest): void {
    this.#entered = { layer, stack, route, place, base: req.baseUrl ?? '', path: currentPath(req) }
  }

  #placeOf(next: Handler, layer: Layer): Place | null {
    for (let i = this.#places.length - 1; i >= 0; i--) {
      const place = this.#places[i] as Place
      if (place.next === next) return place
    }
    // A router around the one in which the trace began, to which the request has come back.
    const around = this.#places.find((place) => place.next === null && place.stack.includes(layer))
    if (around !== undefined) {
      around.next = next
      return around
    }
    const place = this.#placeInEntered()
    if (place === null) return null
    place.next = next
    this.#places.push(place)
    return place
  }

  #placeInEntered(): Place | null {
    const entered = this.#entered
    this.#entered = null
    if (entered === null) {
      // A second router inside what was entered: a handler has called it by itself.
      const outer = this.#places.at(-1)
      return outer === undefined ? null : { next: null, stack: [], mount: outer.mount, route: null, outer }
    }
    const { layer, stack, route, place: outer } = entered
    if (route !== null) return { next: null, stack, mount: outer.mount, route, outer }
    const text = mountText(entered)
    const mount = text === '' ? outer.mount : outer.mount.child(layer, text)
    return { next: null, stack, mount, route: null, outer }
  }
}

/** Whether a place is another one or inside it. */
export function isWithin(place: Place | null, outer: Place): boolean {
  for (let at = place; at !== null; at = at.outer) if (at === outer) return true
  return false
}

/** The mount path of a layer that is running, whose router has taken what it matched off the request's path. */
function mountText({ layer, base, path }: Entered): string {
  const dialect = dialectOf(layer)
  const fixed = dialect.fixedPath(layer)
  if (fixed !== null) return fixed
  // Of the base, only the router knows how much this layer took.
  for (let at = base.length; at >= 0; at = base.lastIndexOf('/', at - 1)) {
    const taken = base.slice(at)
    for (const tried of [taken + path, taken]) {
      const match = dialect.match(layer, tried)
      if (match !== null && match.path.replace(/\/$/, '') === taken)
        return dialect.pathText(layer, match, tried)
    }
    if (at === 0) break
  }
  return ''
}

/** The path of a route that is running. */
function textOf(layer: Layer, path: string): string {
  const dialect = dialectOf(layer)
  const fixed = dialect.fixedPath(layer)
  if (fixed !== null) return fixed
  const match = dialect.match(layer, path)
  return match === null ? '' : dialect.pathText(layer, match, path)
}
