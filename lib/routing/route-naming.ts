import type { Name, NameTable } from '../provider/names'
import { RouteLabel } from '../trace/route-label'
import { lowerCase, type Route, servingMethod } from './layer'
import type { Mount, MountedRoute } from './mount'
import { routeNameOf } from './ours'
import type { RouteFound } from './route-found'
import type { RouteTable, TableEntry } from './routes-option'
import { type Addressed, fullPath } from './url'

/** The `routeName` option. */
export type RouteNamer = (method: string, path: string) => string

/**
 * Names the routes of one middleware's requests (contract rule 5). A name that the user gave by
 * `restifyProbes.route()` goes before one of the table, that before one made of method and path.
 */
export class RouteNaming {
  /** The label of a request that reaches no route. */
  readonly unmatched: RouteLabel
  readonly #names: NameTable
  readonly #table: RouteTable
  readonly #routeName: RouteNamer | undefined
  readonly #given = new Map<string, Name>()
  readonly #ofEntries = new Map<TableEntry, RouteLabel>()
  readonly #noPath: Name

  constructor(names: NameTable, table: RouteTable, routeName?: RouteNamer) {
    this.#names = names
    this.#table = table
    this.#routeName = routeName
    this.#noPath = names.of('')
    this.unmatched = new RouteLabel(names.of('unmatched'), this.#noPath)
  }

  ofRoute(found: RouteFound, req: Addressed): RouteLabel {
    const method = servingMethod(found.route, found.method) ?? lowerCase(found.method)
    const route = found.mount.route(found.layer, method, found.path)
    const name = givenName(found.route, method) ?? this.#entryFor(found.method, req)?.name
    if (name !== undefined) return this.#withGiven(route, name)
    route.derived ??= new RouteLabel(this.#derived(route), this.#names.of(route.path))
    return route.derived
  }

  /** @param name - as {@link ofRoute} prefers it anyway, should the route be one that can't be found */
  ofNamed(name: string, found: RouteFound | null, req: Addressed): RouteLabel {
    const path = found === null ? this.#noPath : this.ofRoute(found, req).path
    return new RouteLabel(this.#nameGiven(name), path)
  }

  /** @param deepest - the place with the longest mount path below which a handler will run; null if there is none */
  ofNoRoute(deepest: Mount | null, req: Addressed & { readonly method: string }): RouteLabel {
    const { method } = req
    const entry = this.#entryFor(method, req)
    if (entry !== null) return this.#ofEntry(entry)
    if (deepest === null) return this.unmatched
    const route = deepest.noRoute(method)
    route.derived ??= new RouteLabel(this.#derived(route), this.#noPath)
    return route.derived
  }

  #entryFor(method: string, req: Addressed): TableEntry | null {
    return this.#table.empty ? null : this.#table.find(method, fullPath(req))
  }

  #ofEntry(entry: TableEntry): RouteLabel {
    let label = this.#ofEntries.get(entry)
    if (label === undefined) {
      label = new RouteLabel(this.#nameGiven(entry.name), this.#names.of(entry.path))
      this.#ofEntries.set(entry, label)
    }
    return label
  }

  #withGiven(route: MountedRoute, given: string): RouteLabel {
    const name = this.#nameGiven(given)
    if (route.given?.name !== name) route.given = new RouteLabel(name, this.#names.of(route.path))
    return route.given
  }

  #derived({ method, path }: MountedRoute): Name {
    return this.#names.of(this.#custom(method, path) ?? restifyRule(method + path))
  }

  /** A given name as restify shows it; unchanged where the option `routeName` replaces restify's rule. */
  #nameGiven(name: string): Name {
    let known = this.#given.get(name)
    if (known === undefined) {
      known = this.#names.of(this.#routeName === undefined ? restifyRule(name) : name)
      this.#given.set(name, known)
    }
    return known
  }

  /** An app's own function may throw, or give anything. */
  #custom(method: string, path: string): string | undefined {
    if (this.#routeName === undefined) return undefined
    try {
      const name: unknown = this.#routeName(method, path)
      return typeof name === 'string' && name !== '' ? name : undefined
    } catch {
      return undefined
    }
  }
}

/** The name that `restifyProbes.route(name)` in the stack of a route gives it for a method. */
function givenName(route: Route, method: string): string | undefined {
  for (const { handle, method: ofLayer } of route.stack) {
    const name = routeNameOf(handle)
    if (name !== undefined && (ofLayer === undefined || ofLayer === method)) return name
  }
  return undefined
}

/** restify's rule: only letters, digits and underscores are left, in lower case. `GET /users/:id` is `getusersid`. */
export function restifyRule(name: string): string {
  return name.replace(/\W/g, '').toLowerCase()
}
