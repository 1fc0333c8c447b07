import { dialectOf } from '../routing/dialects/dialects'
import type { Handler, Layer } from '../routing/layer'
import { isExpressInternal } from '../routing/layer-info'
import { type StackHolder, stackHolder } from '../routing/stacks'
import type { App } from './apps'

/**
 * The middleware in an app that does not know of it. It goes in and out with a new array each time: a request in flight
 * goes on in the one in which it began.
 */
export class Insertion {
  readonly #holder: StackHolder
  readonly #layer: Layer
  /** The app's own array, and the layers that were in it. */
  readonly #original: Layer[]
  readonly #layers: readonly Layer[]

  /** Null for an app that has no layer yet: what it has as its first ones is not known. */
  static into(app: App, middleware: Handler): Insertion | null {
    const holder = stackHolder(app)
    const [first] = holder?.stack ?? []
    if (holder === null || first === undefined) return null
    return new Insertion(holder, dialectOf(first).newLayer(first, middleware))
  }

  private constructor(holder: StackHolder, layer: Layer) {
    this.#holder = holder
    this.#layer = layer
    this.#original = holder.stack
    this.#layers = [...holder.stack]
    // The layer goes where app.use() would have put it, had it come first.
    const position = this.#layers.findIndex((each) => !isExpressInternal(each))
    holder.stack = this.#layers.toSpliced(position === -1 ? this.#layers.length : position, 0, layer)
  }

  /** Whether the app still has it. */
  get inPlace(): boolean {
    return this.#holder.stack.includes(this.#layer)
  }

  /** Leaves the app's own array where the app has changed nothing since. */
  takeOut(): void {
    if (!this.inPlace) return
    const rest = this.#holder.stack.filter((layer) => layer !== this.#layer)
    const unchanged =
      rest.length === this.#layers.length && rest.every((layer, index) => layer === this.#layers[index])
    this.#holder.stack = unchanged ? this.#original : rest
  }
}
