import type { FiguresMessage, TallyMessage } from '../../../aggregate/protocol'
import type { Distribution } from '../../../figures/distribution'
import { Malformed } from '../checked-json'

/** The most routes and handlers of a thread: many times what the package tells apart in one. */
const MAX_ROUTES = 20_000
const MAX_HANDLERS = 100_000

/** The most characters of all names together: several times as many as so many rows of an app have. */
const MAX_CHARACTERS = 16_000_000

/** A route, as a thread has told of it. */
export interface ToldRoute {
  name: string
  /** The method in upper case; `_OTHER` for one that HTTP does not have. */
  method: string
  /** The route's path; empty where no route is known. */
  path: string
}

/** A handler of a route. */
export interface ToldHandler {
  route: ToldRoute
  name: string
  named: boolean
  /** `file:line`; empty while it is not known. */
  location: string
}

/** The meaning of the numbers by which a thread speaks of its rows after it has told of them once. */
export class ToldRows {
  readonly #routes = new Map<number, ToldRoute>()
  readonly #handlers = new Map<number, ToldHandler>()
  #characters = 0

  /**
   * @param located - called for a handler whose location was not known before
   * @throws Malformed for more rows or longer names than anybody has, or a handler of a route that is not known
   */
  learn({ routes, handlers }: FiguresMessage, located: (handler: ToldHandler) => void = () => {}): void {
    for (const [number, name, method, path] of routes) {
      this.#routes.set(number, { name, method, path })
      this.#characters += name.length + method.length + path.length
    }
    for (const [number, route, name, named, location] of handlers) {
      const handler = { route: this.route(route), name, named: named === 1, location }
      if (this.#handlers.get(number)?.location === '' && location !== '') located(handler)
      this.#handlers.set(number, handler)
      this.#characters += name.length + location.length
    }
    const rows = this.#routes.size > MAX_ROUTES || this.#handlers.size > MAX_HANDLERS
    if (rows || this.#characters > MAX_CHARACTERS) throw new Malformed()
  }

  /** @throws Malformed for one that is not known */
  route(number: number): ToldRoute {
    const route = this.#routes.get(number)
    if (route === undefined) throw new Malformed()
    return route
  }

  /** @throws Malformed for one that is not known */
  handler(number: number): ToldHandler {
    const handler = this.#handlers.get(number)
    if (handler === undefined) throw new Malformed()
    return handler
  }
}

/** Adds what a thread has counted since it last told. */
export function addTally(distribution: Distribution, [, sumNs, minNs, maxNs, , buckets]: TallyMessage): void {
  for (let i = 0; i < buckets.length; i += 2) distribution.add(buckets[i] as number, buckets[i + 1] as number)
  distribution.sumNs += sumNs
  distribution.minNs = Math.min(distribution.minNs, minNs)
  distribution.maxNs = Math.max(distribution.maxNs, maxNs)
}
