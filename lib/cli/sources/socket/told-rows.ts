import type { FiguresMessage, TallyMessage } from '../../../aggregate/protocol'
import type { Distribution } from '../../../figures/distribution'
import { Malformed } from '../checked-json'
import { type Memory, NoRoom, UNLIMITED } from '../memory'

/** The most routes and handlers of a thread: many times what the package tells apart in one. */
const MAX_ROUTES = 20_000
const MAX_HANDLERS = 100_000

/** The most characters of all names together: several times as many as so many rows of an app have. */
const MAX_CHARACTERS = 16_000_000

/** Of memory, about: what a row takes beside its names, and a character that is none of Latin's. */
const BYTES_A_ROW = 200
const BYTES_A_CHARACTER = 2

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
  /** The memory that is taken, in bytes. */
  #taken = 0

  /** @param memory - that others may need too */
  constructor(private readonly memory: Memory = UNLIMITED) {}

  /**
   * @param located - called for a handler whose location was not known before
   * @throws NoRoom when its memory is used up
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
    this.#takeMemory()
  }

  /** Gives its memory back. */
  forget(): void {
    this.#routes.clear()
    this.#handlers.clear()
    this.memory.giveBack(this.#taken)
    this.#taken = 0
  }

  #takeMemory(): void {
    const bytes =
      BYTES_A_ROW * (this.#routes.size + this.#handlers.size) + BYTES_A_CHARACTER * this.#characters
    if (!this.memory.take(bytes - this.#taken)) throw new NoRoom()
    this.#taken = bytes
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

/**
 * The most of one row: a hundred thousand a second for four months. Thousands of such rows can be added up in one
 * series, and the sum is still a whole number, which no format has to round or to refuse.
 */
const MAX_COUNT = 2 ** 40

/**
 * Adds what a thread has counted since it last told.
 *
 * @throws Malformed for more than any process has counted
 */
export function addTally(distribution: Distribution, [, sumNs, minNs, maxNs, , buckets]: TallyMessage): void {
  let more = 0
  for (let i = 1; i < buckets.length; i += 2) more += buckets[i] as number
  if (distribution.count + more > MAX_COUNT) throw new Malformed()
  for (let i = 0; i < buckets.length; i += 2) distribution.add(buckets[i] as number, buckets[i + 1] as number)
  distribution.sumNs += sumNs
  distribution.minNs = Math.min(distribution.minNs, minNs)
  distribution.maxNs = Math.max(distribution.maxNs, maxNs)
}
