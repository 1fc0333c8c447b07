import { dialectOf } from './dialects/dialects'
import { type Handler, type Layer, MATCHES_ALL } from './layer'
import type { LayerInfos } from './layer-info'
import { isOurs } from './ours'

/** The first layers of a stack, up to a middleware of ours. */
class Front {
  readonly #layers: readonly Layer[]
  readonly #handles: readonly Handler[]

  /** @param length - the number of those layers; 0 where the middleware is not at the front */
  constructor(
    readonly stack: readonly Layer[],
    length: number
  ) {
    this.#layers = stack.slice(0, length)
    this.#handles = this.#layers.map(({ handle }) => handle)
  }

  get found(): boolean {
    return this.#layers.length > 0
  }

  /** Whether the stack still begins with these layers, and these have their functions. */
  get holds(): boolean {
    for (let index = 0; index < this.#layers.length; index++) {
      const layer = this.#layers[index]
      if (layer !== this.stack[index] || layer?.handle !== this.#handles[index]) return false
    }
    return true
  }
}

/**
 * Tells whether a middleware of ours is at the front of an app: whether all layers before it are plain middleware,
 * so that each request comes to it by the app's own stack, with its whole path, and untraced. No search is needed to know
 * where the trace of such a request begins.
 */
export class Fronts {
  readonly #layers: LayerInfos
  readonly #known = new WeakMap<Handler, Front>()

  constructor(layers: LayerInfos) {
    this.#layers = layers
  }

  has(from: Handler, stack: Layer[]): boolean {
    let front = this.#known.get(from)
    if (front?.stack !== stack || !front.holds) {
      front = new Front(stack, this.#lengthOf(from, stack))
      this.#known.set(from, front)
    }
    return front.found
  }

  #lengthOf(from: Handler, stack: Layer[]): number {
    for (const [index, layer] of stack.entries()) {
      if (!this.#isPlain(layer)) return 0
      if (layer.handle === from) return index + 1
      if (isOurs(layer.handle)) return 0
    }
    return 0
  }

  /** Whether a layer takes every path, leaves it as it is, and mounts nothing. */
  #isPlain(layer: Layer): boolean {
    const dialect = dialectOf(layer)
    return (
      dialect.runners !== null &&
      dialect.routeOf(layer) === undefined &&
      dialect.match(layer, '/') === MATCHES_ALL &&
      this.#layers.innerStack(layer) === null
    )
  }
}
