import type { RouteLabel } from '../trace/route-label'

const MAX_AROUND = 100

/** A place below which routers match: the mount paths of every router and sub-app on the way to it. */
export class Mount {
  readonly path: string
  // The keys are layers, then texts of their mount paths: a layer that was mounted with several paths has several.
  readonly #children = new WeakMap<object, Map<string, Mount>>()
  readonly #routes = new WeakMap<object, Map<string, Map<string, MountedRoute>>>()

  constructor(path = '') {
    this.path = path
  }

  /** The place below a layer of this one that was mounted with `path`. */
  child(layer: object, path: string): Mount {
    let byPath = this.#children.get(layer)
    if (byPath === undefined) {
      byPath = new Map()
      this.#children.set(layer, byPath)
    }
    let child = byPath.get(path)
    if (child === undefined) {
      child = new Mount(join(this.path, path))
      byPath.set(path, child)
    }
    return child
  }

  /**
   * The place as seen from outside, below a part of a URL. Such parts may be
   * without number, so only the first few are told apart.
   */
  around(base: string): Mount {
    if (base === '') return this
    const known = this.#children.get(this)
    return known !== undefined && known.size >= MAX_AROUND && !known.has(base) ? this : this.child(this, base)
  }

  /**
   * A route at this place.
   *
   * @param layer - the layer that holds the route
   * @param method - in either case
   * @param path - one of the route's, as written in the app
   */
  route(layer: object, method: string, path: string): MountedRoute {
    let byMethod = this.#routes.get(layer)
    if (byMethod === undefined) {
      byMethod = new Map()
      this.#routes.set(layer, byMethod)
    }
    let byPath = byMethod.get(method)
    if (byPath === undefined) {
      byPath = new Map()
      byMethod.set(method, byPath)
    }
    let route = byPath.get(path)
    if (route === undefined) {
      route = new MountedRoute(method.toUpperCase(), join(this.path, path) || '/')
      byPath.set(path, route)
    }
    return route
  }

  /** Stands for a route where a request reaches this place but no route. */
  noRoute(method: string): MountedRoute {
    return this.route(this, method, '')
  }
}

/** A route for one method at one place, with the labels that were made for it. */
export class MountedRoute {
  /** The label by the name that is made of method and path. */
  derived: RouteLabel | null = null
  /** The label by the name that the user gave it last: it mostly has but one. */
  given: RouteLabel | null = null

  constructor(
    /** The method in upper case. */
    readonly method: string,
    /** The whole path, such as `/api/users/:id`. */
    readonly path: string
  ) {}
}

function join(base: string, path: string): string {
  if (path === '' || path === '/') return base
  return base.endsWith('/') ? base.slice(0, -1) + path : base + path
}
