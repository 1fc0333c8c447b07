/** One route name of the `routes` option. */
export interface TableEntry {
  /** The method in upper case; null for any. */
  method: string | null
  /** The path as path-to-regexp 8 reads it. */
  path: string
  matches: (path: string) => unknown
  name: string
}

/** The `routes` option: names for requests by method and path. */
export class RouteTable {
  readonly #entries: TableEntry[]

  /**
   * @param routes - keys such as `GET /hello/:name` or `ALL /hello/*rest`, paths as path-to-regexp 8 reads them
   * @throws TypeError for a key that can't be read
   */
  constructor(routes: Record<string, string>) {
    this.#entries = Object.entries(routes).map(([key, name]) => entryOf(key, name))
  }

  get empty(): boolean {
    return this.#entries.length === 0
  }

  /** The first entry that a request matches; HEAD matches GET, as it does in a router. */
  find(method: string, path: string): TableEntry | null {
    for (const entry of this.#entries) {
      const takes =
        entry.method === null || entry.method === method || (method === 'HEAD' && entry.method === 'GET')
      if (takes && entry.matches(path)) return entry
    }
    return null
  }
}

function entryOf(key: string, name: string): TableEntry {
  // These are loaded here, so that apps without a table don't wait for them.
  const { METHODS } = require('node:http') as typeof import('node:http')
  const { match } = require('path-to-regexp') as typeof import('path-to-regexp')
  const [, method, path] = /^(\S+) +(\/.*)$/.exec(key) ?? []
  if (method === undefined || path === undefined || !(method === 'ALL' || METHODS.includes(method))) {
    throw new TypeError(
      `option routes: '${key}' is not a method (or ALL), a space and a path, such as 'GET /hello/:name'`
    )
  }
  try {
    // A parameter that can't be decoded must not matter here.
    return { method: method === 'ALL' ? null : method, path, matches: match(path, { decode: false }), name }
  } catch (error) {
    throw new TypeError(`option routes: the path of '${key}' can't be read: ${(error as Error).message}`)
  }
}
