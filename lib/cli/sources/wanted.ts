import type { FinishedRequest } from '../../figures/request'
import { type Choosable, isWanted, type Wanted } from '../../figures/wanted'
import type { Arguments } from '../arguments'

/** The choice of requests, and of what is told of them. What comes may be more than is wanted. */
export interface RequestsAsked {
  handlers: boolean
  /** Whether the request's headers are told too, and its client's address where that is to be had. */
  headers: boolean
  /** Whether the calls that handlers make of their own are told too, where the source can. */
  calls?: boolean
  /**
   * Whether a process is to tell each time at which its event loop was late or garbage was collected,
   * where it can.
   */
  moments: boolean
  /**
   * The most requests of each route in a second, the slowest ones, where a process can choose them; 0
   * for all.
   */
  slowest?: number
  wanted: Wanted
}

/** The requests that a command line asks for. */
export function wantedBy({
  route,
  slowerThanMs,
  statuses,
  url,
  headers,
  query
}: Pick<Arguments, 'route' | 'slowerThanMs' | 'statuses' | 'url' | 'headers' | 'query'>): Wanted {
  return {
    slowerThanMs,
    route: route ?? null,
    statuses: statuses.map(({ from, to }) => [from, to] as const),
    urlPart: url,
    withHeaders: headers,
    withQuery: query
  }
}

/** Whether a request that came is one that is wanted: not every source chooses by all that is asked for. */
export function isRequestWanted(request: FinishedRequest, wanted: Wanted): boolean {
  return isWanted(new ChoosableRequest(request), wanted)
}

class ChoosableRequest implements Choosable {
  readonly route: string
  readonly routePath: string
  readonly method: string
  readonly url: string
  readonly durationMs: number
  readonly status: number
  readonly #request: FinishedRequest

  constructor(request: FinishedRequest) {
    this.#request = request
    this.route = request.route
    this.routePath = request.routePath ?? ''
    this.method = request.method
    this.url = request.url
    this.durationMs = request.durationNs / 1e6
    this.status = request.status
  }

  headers(): Record<string, unknown> {
    return headersIn(this.#request.requestHeaders)
  }
}

/** @param json - of an object; anything else holds no header */
export function headersIn(json: string | undefined): Record<string, unknown> {
  try {
    const headers: unknown = JSON.parse(json ?? '{}')
    return typeof headers === 'object' && headers !== null ? (headers as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
