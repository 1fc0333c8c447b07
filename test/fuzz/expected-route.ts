import http from 'node:http'
import net from 'node:net'
import { build, type Fn, type Kit, type Next, type Req, type Res, type Spot, type Target } from './build'
import { Chart, join, nameOf, type Trail } from './chart'
import type { Case, Handler } from './model'

/** A request that looks for its route. */
interface Search extends Trail {
  /** The number of the spot where the trace begins. */
  from: number
  begun: boolean
  /** The full paths of the handlers on the way. */
  passed: string[][]
  found: (names: string[]) => void
}

/**
 * Tells which route a request will reach (contract rule 5): the framework is
 * asked to route it in an app of the same description whose handlers do
 * nothing but pass on.
 */
export class Prospect {
  readonly #chart: Chart
  readonly #app: Target
  readonly #spelled: boolean
  readonly #searches = new WeakMap<Req, Search>()

  constructor({ app, spelled }: Case, kit: Kit) {
    this.#spelled = spelled
    this.#chart = new Chart(kit)
    const passOn = (_req: Req, _res: Res, next: Next) => next()
    this.#app = build(
      kit,
      app,
      {
        handler: (model, spot) => this.#handler(model, spot),
        param: () => passOn,
        probes: ({ number }) =>
          this.#noting((search) => {
            search.begun ||= search.from === number
          }),
        routeName: () => passOn,
        entry: (place) => (req) => this.#chart.enter(this.#searches.get(req) as Search, place, req)
      },
      false
    )
  }

  /**
   * The names that route-start may have.
   *
   * @param from - the number of the spot of the `restifyProbes()` that begins the trace
   */
  names(method: string, url: string, from: number): Promise<string[]> {
    return new Promise((resolve) => {
      const req = new http.IncomingMessage(new net.Socket()) as Req
      Object.assign(req, { method, url, originalUrl: url })
      const res = new http.ServerResponse(req) as Res
      const search: Search = {
        from,
        begun: false,
        places: new Map(),
        routes: new Map(),
        passed: [],
        found: resolve
      }
      this.#searches.set(req, search)
      const ended = () => resolve(this.#namesWithoutRoute(search, method))
      res.end = () => {
        ended()
        return res
      }
      this.#app(req, res, ended)
    })
  }

  #noting(note: (search: Search, req: Req) => void): Fn {
    return (req: Req, _res: Res, next: Next) => {
      note(this.#searches.get(req) as Search, req)
      next()
    }
  }

  #handler({ error }: Handler, spot: Spot): Fn {
    // A route matches even if all of its handlers are for errors.
    if (spot.route !== null) return this.#finding(spot)
    const pass = (req: Req, next: Next, error?: unknown) => {
      const search = this.#searches.get(req) as Search
      if (search.begun) search.passed.push(this.#chart.handlerPaths(search, spot, req))
      // The request has come to where the trace begins, so what failed before was recovered from.
      next(search.begun ? error : undefined)
    }
    return error
      ? (error: unknown, req: Req, _res: Res, next: Next) => pass(req, next, error)
      : (req: Req, _res: Res, next: Next) => pass(req, next)
  }

  #finding(spot: Spot): Fn {
    return (req: Req, _res: Res, next: Next) => {
      const search = this.#searches.get(req) as Search
      if (!search.begun) next('route')
      else search.found(this.#chart.routeNames(search, spot, req, this.#spelled))
    }
  }

  /** The longest mount path names a request that no route matches. */
  #namesWithoutRoute({ passed }: Search, method: string): string[] {
    const deep = passed.filter(([path]) => path !== join([]))
    // Frameworks keep the slash at the end of a mount path, or drop it; one at the end of a RegExp is part of it.
    const lengths = [
      ([path]: string[]) => path?.length ?? 0,
      ([path]: string[]) => path?.replace(/(\w)\/$/, '$1').length ?? 0
    ]
    const names = lengths.flatMap((length) => {
      const longest = Math.max(...deep.map(length))
      return deep.filter((paths) => length(paths) === longest).flat()
    })
    return names.length === 0 ? ['unmatched'] : names.map((path) => nameOf(method, path, this.#spelled))
  }
}
