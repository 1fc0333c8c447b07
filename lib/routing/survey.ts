import { outOfContext } from '../out-of-context'
import { milliseconds } from '../trace/clock'
import { dialectOf } from './dialects/dialects'
import type { Layer } from './layer'
import type { LayerInfos } from './layer-info'

/** The longest time, in milliseconds, that the app waits for one slice of the work. */
const SLICE = 4

/** Routers may be mounted in themselves, or made without end. */
const MAX_STACKS = 10_000

/**
 * Looks at all layers of an app between requests, once, as soon as one of its requests is traced: what takes time to
 * find out, such as where handlers were written, is then known before most of them run.
 */
export class Survey {
  readonly #layers: LayerInfos
  readonly #begun = new WeakSet<Layer[]>()

  constructor(layers: LayerInfos) {
    this.#layers = layers
  }

  begin(stack: Layer[]): void {
    if (this.#begun.has(stack)) return
    this.#begun.add(stack)
    this.#schedule([stack], new Set([stack]))
  }

  #schedule(left: Layer[][], met: Set<Layer[]>): void {
    outOfContext(() => {
      setImmediate(() => this.#look(left, met)).unref()
    })
  }

  #look(left: Layer[][], met: Set<Layer[]>): void {
    const until = milliseconds() + SLICE
    while (left.length > 0) {
      if (milliseconds() > until) {
        this.#schedule(left, met)
        return
      }
      for (const inner of this.#stacksIn(left.pop() as Layer[])) {
        if (met.has(inner) || met.size >= MAX_STACKS) continue
        met.add(inner)
        left.push(inner)
      }
    }
  }

  #stacksIn(stack: Layer[]): Layer[][] {
    const found: Layer[][] = []
    for (const layer of stack) {
      try {
        const inner = dialectOf(layer).routeOf(layer)?.stack ?? this.#layers.innerStack(layer)
        if (inner !== null) found.push(inner)
      } catch {
        // An app may put anything in a stack.
      }
    }
    return found
  }
}
