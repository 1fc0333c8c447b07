import type { FinishedRequest } from '../../figures/request'
import { sizeOf } from '../sources/request-size'

/** The most routes whose requests are kept: as many as anybody looks through. */
const MAX_ROUTES = 200

/** The most characters of all requests that are kept: what can be written and read again. */
const MAX_CHARACTERS = 24_000_000

/** The slowest requests of each route, in bounded memory. */
export class Slowest {
  #most: number
  readonly #byRoute = new Map<string, FinishedRequest[]>()
  readonly #maxCharacters: number
  #characters = 0

  /** @param most - the number of requests of each route that are kept */
  constructor(most: number, maxCharacters = MAX_CHARACTERS) {
    this.#most = most
    this.#maxCharacters = maxCharacters
  }

  /** The number of requests of each route that are kept: fewer than asked for, if those would take too much memory. */
  get most(): number {
    return this.#most
  }

  add(request: FinishedRequest): void {
    if (this.#most === 0) return
    const key = `${request.method} ${request.route}`
    const kept = this.#byRoute.get(key) ?? []
    if (kept.length === 0) {
      if (this.#byRoute.size === MAX_ROUTES) return
      this.#byRoute.set(key, kept)
    }
    if (kept.length >= this.#most && request.durationNs <= (kept[0] as FinishedRequest).durationNs) return
    const place = kept.findIndex(({ durationNs }) => durationNs > request.durationNs)
    kept.splice(place === -1 ? kept.length : place, 0, request)
    this.#characters += sizeOf(request)
    this.#shorten(kept)
    while (this.#characters > this.#maxCharacters && this.#most > 0) {
      this.#most = Math.floor(this.#most * 0.9)
      for (const each of this.#byRoute.values()) this.#shorten(each)
    }
  }

  /** The requests that were kept, the slowest of all last. */
  all(): FinishedRequest[] {
    return [...this.#byRoute.values()].flat().sort((a, b) => a.durationNs - b.durationNs)
  }

  #shorten(kept: FinishedRequest[]): void {
    for (const request of kept.splice(0, kept.length - this.#most)) this.#characters -= sizeOf(request)
  }
}
