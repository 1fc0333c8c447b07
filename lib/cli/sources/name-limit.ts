import type { FinishedRequest } from '../../figures/request'

/** The aggregator in a process tells as many apart. */
const MAX_ROUTES = 2000
const MAX_HANDLERS = 20_000

/** Bounds what is told apart: an app that made up a name for each request would take all memory. */
export class NameLimit {
  readonly #routes = new Set<string>()
  readonly #handlers = new Set<string>()

  /** The request with the names under which it is counted. */
  applied(request: FinishedRequest): FinishedRequest {
    const route = isKept(this.#routes, request.route, MAX_ROUTES) ? request.route : '(other routes)'
    const handlers = request.handlers.map((handler) => {
      const key = `${route}\0${handler.name}\0${handler.location}`
      if (isKept(this.#handlers, key, MAX_HANDLERS)) return handler
      return { ...handler, name: '(other handlers)', location: '' }
    })
    return { ...request, route, handlers }
  }
}

/** Whether a name is among the first so many. */
export function isKept(names: Set<string>, name: string, most: number): boolean {
  if (names.has(name)) return true
  if (names.size >= most) return false
  names.add(name)
  return true
}
