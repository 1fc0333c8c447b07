import type { FinishedRequest } from '../../figures/request'

/** The most routes whose requests are kept: as many as anybody looks through. */
const MAX_ROUTES = 200

/** The slowest requests of each route, in bounded memory. */
export class Slowest {
  readonly #most: number
  readonly #byRoute = new Map<string, FinishedRequest[]>()

  /** @param most - the number of requests of each route that are kept */
  constructor(most: number) {
    this.#most = most
  }

  add(request: FinishedRequest): void {
    const key = `${request.method} ${request.route}`
    const kept = this.#byRoute.get(key)
    if (kept === undefined) {
      if (this.#byRoute.size < MAX_ROUTES) this.#byRoute.set(key, [request])
      return
    }
    const quickest = kept[0] as FinishedRequest
    if (kept.length === this.#most) {
      if (request.durationNs <= quickest.durationNs) return
      kept.shift()
    }
    const place = kept.findIndex(({ durationNs }) => durationNs > request.durationNs)
    kept.splice(place === -1 ? kept.length : place, 0, request)
  }

  /** The requests that were kept, the slowest of all last. */
  all(): FinishedRequest[] {
    return [...this.#byRoute.values()].flat().sort((a, b) => a.durationNs - b.durationNs)
  }
}
