import type { Kit, Place, Req, Spot } from './build'
import type { Path, Paths, Route, Verb } from './model'
import { givenPath, textOf } from './paths'

/** The way of one request, as far as it is known, by the numbers of places and of routes. */
export interface Trail {
  readonly places: Map<number, Part>
  readonly routes: Map<number, RouteEntry>
}

interface RouteEntry {
  text: string
  /** The route's method that serves the request, in upper case. */
  method: string
}

/** A path on the way. */
interface Part {
  /** The part as the app's source has it. */
  text: string
  /** The part as the URL has it. */
  url: string
  /** All of the URL's path up to here, and the rest of it. */
  base: string
  left: string
}

/**
 * Knows where a request is: not from how an app routes, but from how it was
 * built, of routers each of which is in one place alone.
 */
export class Chart {
  readonly #kit: Kit
  readonly #alternatives = new Map<string, number | undefined>()

  constructor(kit: Kit) {
    this.#kit = kit
  }

  /** Must be called by the first function in a router. */
  enter(trail: Trail, place: Place, req: Req): void {
    if (place.outer !== null) trail.places.set(place.number, this.#part(trail, place.outer, place.paths, req))
  }

  /**
   * The names that a route may have (contract rule 5). More than one where the
   * trace began in a router whose outer ones nobody knows: the parts of the
   * path before it are then the URL's.
   */
  routeNames(trail: Trail, { place, route }: Spot, req: Req, spelled: boolean): string[] {
    if (route === null) return []
    const { text, method } = this.enterRoute(trail, place, route, req)
    const given = givenName(route.model, method)
    if (given !== undefined) return [spelled ? given : plain(given)]
    return this.#paths(trail, place, text).map((path) => nameOf(method, path, spelled))
  }

  /** Keeps which of a route's paths matched, and its method: handlers may rewrite the request. */
  enterRoute(trail: Trail, place: Place, route: NonNullable<Spot['route']>, req: Req): RouteEntry {
    const { number, model } = route
    let entry = trail.routes.get(number)
    if (entry === undefined) {
      const path = this.#chosen(model.paths, [pathOf(req.url)], place, true)
      entry = { text: path === null ? '' : textOf(path), method: servingMethod(model, req.method) }
      trail.routes.set(number, entry)
    }
    return entry
  }

  /** The full paths below which a handler that belongs to no route runs, as in {@link routeNames}. */
  handlerPaths(trail: Trail, { place, paths }: Spot, req: Req): string[] {
    return this.#paths(trail, place, this.#part(trail, place, paths, req).text)
  }

  #paths(trail: Trail, place: Place, text: string): string[] {
    const parts = partsOf(trail, place)
    const texts = [...parts.map((part) => part.text), text]
    // For so many of the first parts only the URL is known.
    const paths = texts.map((_, known) =>
      join([...parts.slice(0, known).map(({ url }) => url), ...texts.slice(known)])
    )
    return [...new Set(paths)]
  }

  /** The part that was matched last, in a router. */
  #part(trail: Trail, place: Place, paths: Paths, req: Req): Part {
    const { base: outer, left: path } = trail.places.get(place.number) ?? {
      base: '',
      left: pathOf(req.originalUrl ?? '')
    }
    const base = req.baseUrl ?? ''
    const left = pathOf(req.url)
    const url = base.slice(outer.length)
    // Routers put a slash before what is left. Unless a handler has rewritten it, the whole is known.
    const whole = path.startsWith(url) && path.endsWith(left.slice(1)) ? [path] : []
    const chosen = this.#chosen(paths, [...whole, url + left, url, `${url}/`], place, false)
    const text = chosen === null ? '' : textOf(chosen)
    return { text, url: this.#kit.name === 'connect' ? text : url, base, left }
  }

  /**
   * Chooses among several paths the one that matches the first of these URLs that any does: the framework
   * itself is asked.
   */
  #chosen(
    paths: Paths,
    urls: string[],
    { model: { strict, caseSensitive } }: Place,
    end: boolean
  ): Path | null {
    if (!Array.isArray(paths)) return paths
    for (const url of urls) {
      const key = JSON.stringify([paths, url, strict, caseSensitive, end])
      if (!this.#alternatives.has(key))
        this.#alternatives.set(key, this.#ask(paths, url || '/', { strict, caseSensitive }, end))
      const chosen = this.#alternatives.get(key)
      if (chosen !== undefined) return paths[chosen] as Path
    }
    return paths[0] as Path
  }

  #ask(paths: Path[], url: string, options: object, end: boolean): number | undefined {
    const router = this.#kit.Router(options)
    let chosen: number | undefined
    for (const [at, path] of paths.entries()) {
      const note = (_req: unknown, _res: unknown, next: () => void) => {
        chosen ??= at
        next()
      }
      // The path is in an array, since there `/` is a path like any other.
      if (end) router.route([givenPath(path)]).all?.(note)
      else router.use([givenPath(path)], note)
    }
    router({ url, method: 'GET' } as Req, {} as never, () => {})
    return chosen
  }
}

/** Contract rule 5. */
export function nameOf(method: string, path: string, spelled: boolean): string {
  return spelled ? spelling(method, path) : plain(method + path)
}

/** The `routeName` option of cases that have one. Contract and design say nothing of slashes where paths meet. */
export function spelling(method: string, path: string): string {
  return `${method} ${path}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1')
}

/** restify's rule. */
export function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '').toLowerCase()
}

export function join(texts: string[]): string {
  const joined = texts
    .filter((text) => text !== '' && text !== '/')
    .reduce((base, text) => base.replace(/\/$/, '') + text, '')
  return joined === '' ? '/' : joined
}

function partsOf(trail: Trail, { number, outer }: Place): Part[] {
  const part = trail.places.get(number)
  return outer === null || part === undefined ? [] : [...partsOf(trail, outer), part]
}

function pathOf(url: string): string {
  return url.replace(/[?#].*$/s, '')
}

/** The method by whose handlers a route serves a request, in upper case. */
function servingMethod({ verbs, chained }: Route, requestMethod: string): string {
  const has = (method: Verb['method']) =>
    (chained ? verbs : verbs.slice(0, 1)).some((verb) => verb.method === method)
  return requestMethod === 'HEAD' && !has('head') && has('get') ? 'GET' : requestMethod
}

function givenName({ verbs, chained }: Route, method: string): string | undefined {
  const named = (chained ? verbs : verbs.slice(0, 1)).filter(
    (verb) => verb.name !== null && (verb.method === 'all' || verb.method === method.toLowerCase())
  )
  return named[0]?.name ?? undefined
}
