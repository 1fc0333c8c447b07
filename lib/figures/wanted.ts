/** A header or a query parameter that a request must have, and the value of it; null for any value. */
export type Named = readonly [name: string, value: string | null]

/** The choice of requests that somebody wants to see. */
export interface Wanted {
  slowerThanMs: number
  /** The only route that is wanted: its name in the probes, its path, or `GET /path`. Null for every route. */
  route: string | null
  /** The ranges of statuses that are wanted, both ends included; an empty list for every status. */
  statuses: readonly (readonly [from: number, to: number])[]
  /** A text that the URL must contain; empty for every URL. */
  urlPart: string
  /** The headers that the request must have, all of them. */
  withHeaders: readonly Named[]
  /** The parameters that its URL's query must have, all of them. */
  withQuery: readonly Named[]
}

/** Wants every request. */
export const EVERYTHING: Wanted = {
  slowerThanMs: 0,
  route: null,
  statuses: [],
  urlPart: '',
  withHeaders: [],
  withQuery: []
}

/** The facts by which requests are chosen. */
export interface Choosable {
  readonly route: string
  /** The route's path; empty where it is not known. */
  readonly routePath: string
  readonly method: string
  readonly url: string
  readonly durationMs: number
  readonly status: number
  /** It is called only where a header is asked for, since to make the object takes time. */
  headers(): Readonly<Record<string, unknown>>
}

export function isWanted(request: Choosable, wanted: Wanted): boolean {
  const { route, statuses, urlPart, withHeaders, withQuery } = wanted
  return (
    request.durationMs >= wanted.slowerThanMs &&
    (route === null || isRouteNamed(route, request.route, request.method, request.routePath)) &&
    (statuses.length === 0 ||
      statuses.some(([from, to]) => request.status >= from && request.status <= to)) &&
    (urlPart === '' || request.url.includes(urlPart)) &&
    (withQuery.length === 0 || hasQuery(request.url, withQuery)) &&
    (withHeaders.length === 0 || hasHeaders(request.headers(), withHeaders))
  )
}

/** Whether a route is the one that somebody named: as the probes do, by its path, or by method and path. */
export function isRouteNamed(
  wanted: string,
  name: string,
  method: string | undefined,
  path: string | undefined
): boolean {
  return wanted === name || (!!path && (wanted === path || wanted === `${method} ${path}`))
}

function hasQuery(url: string, all: readonly Named[]): boolean {
  const query = queryOf(url)
  return all.every(([name, value]) => query.getAll(name).some((each) => isLike(each, value)))
}

function hasHeaders(headers: Readonly<Record<string, unknown>>, all: readonly Named[]): boolean {
  return all.every(([name, value]) => headerValues(headers, name).some((each) => isLike(each, value)))
}

/** The parameters of a URL's query, decoded. */
export function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1))
}

/** The values of a header, whose name is in lower case as Node has it; none if there is no such header. */
export function headerValues(headers: Readonly<Record<string, unknown>>, name: string): string[] {
  const lower = name.toLowerCase()
  if (!Object.hasOwn(headers, lower)) return []
  const value = headers[lower]
  return (Array.isArray(value) ? value : [value]).map(String)
}

/** Whether a text is the value that is wanted, in which `*` stands for anything: `*Firefox*`. */
function isLike(text: string, value: string | null): boolean {
  if (value === null) return true
  const [first, ...rest] = value.split('*') as [string, ...string[]]
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
