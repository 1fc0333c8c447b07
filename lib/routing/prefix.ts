import { beginsWith } from './begins-with'
import { dialectOf } from './dialects/dialects'
import type { Layer } from './layer'

/**
 * The characters with which a layer's paths begin, for as long as it has the matcher from which they
 * were read.
 */
class Prefix {
  /** The prefix, which is not read at first sight: an app may make routers for each request. */
  text: string | null = null

  constructor(readonly matcher: unknown) {}
}

/**
 * Tells most layers of a stack that do not match a path by its first
 * characters, in far less time than their regular expressions take.
 */
export class Prefixes {
  static readonly #of = new WeakMap<Layer[], Prefixes>()
  readonly #prefixes: Prefix[] = []

  static of(stack: Layer[]): Prefixes {
    let prefixes = Prefixes.#of.get(stack)
    if (prefixes === undefined) {
      prefixes = new Prefixes()
      Prefixes.#of.set(stack, prefixes)
    }
    return prefixes
  }

  /** @param index - of the layer in its stack */
  mayMatch(layer: Layer, index: number, path: string): boolean {
    const dialect = dialectOf(layer)
    const matcher = dialect.matcher(layer)
    const prefix = this.#prefixes[index]
    if (prefix === undefined || prefix.matcher !== matcher) {
      this.#prefixes[index] = new Prefix(matcher)
      return true
    }
    prefix.text ??= dialect.prefix(layer)
    return beginsWith(path, prefix.text)
  }
}
