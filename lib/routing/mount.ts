import type { Name } from '../provider/names'
import type { Naming } from './naming'

const MAX_AROUND = 100

/** A place below which routers match: the mount paths of every router and sub-app on the way to it. */
export class Mount {
  readonly path: string
  readonly naming: Naming
  // By layer, then by the text that its mount path had, of which a layer with several paths has several.
  readonly #children = new WeakMap<object, Map<string, Mount>>()
  readonly #routes = new WeakMap<object, Map<string, Map<string, Name>>>()

  constructor(naming: Naming, path = '') {
    this.naming = naming
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
      child = new Mount(this.naming, join(this.path, path))
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

  /** The derived name of a route here; `layer` is what holds it, `method` in either case. */
  routeName(layer: object, method: string, path: string): Name {
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
    let name = byPath.get(path)
    if (name === undefined) {
      name = this.naming.derived(method.toUpperCase(), join(this.path, path) || '/')
      byPath.set(path, name)
    }
    return name
  }

  /** The name of a request that reaches this place but no route (contract rule 5). */
  ownName(method: string): Name {
    return this.routeName(this, method, '')
  }
}

function join(base: string, path: string): string {
  if (path === '' || path === '/') return base
  return base.endsWith('/') ? base.slice(0, -1) + path : base + path
}
