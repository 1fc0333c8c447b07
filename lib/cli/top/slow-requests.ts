import { ENOUGH_REQUESTS, KEPT_SECONDS, type RouteMinute } from '../../figures/history'
import type { FinishedRequest } from '../../figures/request'
import { requestWithoutCredentials } from '../../redaction/credentials'
import type { Source } from '../sources/source'

/** The most requests that are kept. */
const MOST = 50

/** The slowest requests of one route in the last minute, as long as it is watched. */
export class SlowRequests {
  readonly #end: () => void
  #requests: FinishedRequest[] = []
  #problem: string | undefined

  /** @param minute - tells which requests are slow; undefined where nothing is known of the route */
  constructor(source: Source, route: string, minute: RouteMinute | undefined, changed: () => void) {
    const watch = source.watch?.(
      { route, slowerThanMs: slownessOf(minute) },
      {
        request: (request) => this.#add(request),
        failed: (sentence) => {
          this.#problem = sentence
          changed()
        }
      }
    )
    if (watch === undefined) this.#problem = 'the kernel tells of no single requests here; --via process does'
    this.#end = watch ?? (() => {})
  }

  /** The slowest requests, the slowest first; or a sentence that says why there can be none. */
  get slowest(): readonly FinishedRequest[] | string {
    if (this.#requests.length === 0 && this.#problem !== undefined) return this.#problem
    return this.#requests.filter(isOfLastMinute)
  }

  end(): void {
    this.#end()
  }

  #add(request: FinishedRequest): void {
    this.#requests = [...this.#requests.filter(isOfLastMinute), requestWithoutCredentials(request)]
      .sort((a, b) => b.durationNs - a.durationNs)
      .slice(0, MOST)
  }
}

/**
 * The least duration of a slow request, in milliseconds: where there are many, what most of them took is of
 * no interest.
 */
function slownessOf(minute: RouteMinute | undefined): number {
  if (minute === undefined || minute.rates.overRequests < ENOUGH_REQUESTS) return 0
  return minute.rates.p50Ns / 1e6
}

function isOfLastMinute({ startMs, durationNs }: FinishedRequest): boolean {
  return startMs + durationNs / 1e6 > Date.now() - KEPT_SECONDS * 1000
}
