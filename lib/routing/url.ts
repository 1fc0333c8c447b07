import type { IncomingMessage } from 'node:http'
import type { Handler } from './layer'

/** A request with the properties that frameworks put on it. */
export interface RoutedRequest extends IncomingMessage {
  originalUrl?: string
  baseUrl?: string
  /** The Express app that handles the request. */
  app?: unknown
  /** The `next` of the router at work, in Express and router. */
  next?: Handler
  /** parseurl's cache, which every router here keeps up to date. */
  _parsedUrl?: { _raw?: string; pathname?: string | null } | null
}

/** The properties of a request that tell its path. */
export interface Addressed {
  readonly url?: string | undefined
  readonly originalUrl?: string | undefined
  readonly baseUrl?: string | undefined
  readonly _parsedUrl?: RoutedRequest['_parsedUrl']
}

/** The path that a router matches for the request's URL of this moment. */
export function currentPath(req: Addressed): string {
  const url = req.url ?? ''
  const parsed = req._parsedUrl
  if (parsed && parsed._raw === url && typeof parsed.pathname === 'string') return parsed.pathname
  return pathOf(url)
}

/** The path as the outermost router or app has it: what the client asked for, unless a handler has rewritten it. */
export function fullPath(req: Addressed): string {
  const asked = pathOf(req.originalUrl ?? req.url ?? '')
  const base = req.baseUrl ?? ''
  const current = currentPath(req)
  // Routers put a slash where a mount path has left nothing, and take one of two that follow it.
  if ((current === '/' && asked === base) || asked === `${base}/${current}`) return asked
  if (req.baseUrl !== undefined) return base + current
  // Connect keeps no base: its path is the end of what was asked for, maybe with a slash before it, and in
  // the case in which the mount paths of layers before were written.
  const end = current.replace(/^\//, '').toLowerCase()
  return asked.toLowerCase().endsWith(end) ? asked : current
}

/** The path of a request target: origin form (`/a?b`) or absolute form (`http://host/a?b`), RFC 9112, 3.2. */
export function pathOf(url: string): string {
  let start = 0
  if (url[0] !== '/') {
    const authority = url.indexOf('://')
    if (authority === -1) return url
    start = url.indexOf('/', authority + 3)
    if (start === -1) return '/'
  }
  const query = url.indexOf('?', start)
  const path = query === -1 ? url.slice(start) : url.slice(start, query)
  const fragment = path.indexOf('#')
  return fragment === -1 ? path : path.slice(0, fragment)
}
