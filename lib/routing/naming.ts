import type { Name, NameTable } from '../provider/names'

/** The `routeName` option. */
export type RouteNamer = (method: string, path: string) => string

/** Route names (contract rule 5). */
export class Naming {
  /** Of a request below no route and no mount path. */
  readonly unmatched: Name
  readonly #names: NameTable
  readonly #routeName: RouteNamer | undefined
  readonly #given = new Map<string, Name>()

  constructor(names: NameTable, routeName?: RouteNamer) {
    this.#names = names
    this.#routeName = routeName
    this.unmatched = names.of('unmatched')
  }

  /** Of a route that the user did not name; `method` is in upper case. */
  derived(method: string, path: string): Name {
    return this.#names.of(this.#custom(method, path) ?? plain(method + path))
  }

  /** Of a route that the user named: as restify shows it, or as given where a `routeName` replaces restify's rule. */
  given(name: string): Name {
    let known = this.#given.get(name)
    if (known === undefined) {
      known = this.#names.of(this.#routeName === undefined ? plain(name) : name)
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

/** restify's rule: letters, digits and underscores, in lower case. */
export function plain(name: string): string {
  return name.replace(/\W/g, '').toLowerCase()
}
