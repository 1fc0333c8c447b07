import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Handler, Item, Mount, Param, Paths, Route, Router, Verb } from './model'
import { givenPath } from './paths'

/** A request, as frameworks pass it to handlers. */
export interface Req extends IncomingMessage {
  url: string
  method: string
  baseUrl?: string
  originalUrl?: string
  params?: object
  route?: { path: unknown }
  next?: Next
}
export type Res = ServerResponse & { send?: (body: string) => void }
export type Next = (error?: unknown) => void
// biome-ignore lint/complexity/noBannedTypes: of three or four arguments, as the framework will see
export type Fn = Function

/** A router or an app of some framework. */
export interface Target {
  (req: Req, res: Res, next?: Next): void
  use(...args: unknown[]): unknown
  set(setting: string, value: unknown): unknown
  param(name: string, fn: Fn): unknown
  route(path: unknown): Record<string, (...handlers: unknown[]) => unknown>
  handle(req: Req, ...others: unknown[]): unknown
}

/** A framework, as far as apps are built with it. */
export interface Kit {
  name: 'express' | 'connect'
  app(): Target
  /** Connect has none. */
  Router(options: object): Target
}

/** The place of a router; one that is mounted twice is in two places. */
export interface Place {
  number: number
  kind: Mount['kind']
  model: Router
  outer: Place | null
  /** The paths at which it is mounted. */
  paths: Paths
  /** Whether this is the second of its places. */
  again: boolean
}

/** The spot of a handler. */
export interface Spot {
  /** Each spot has a number of its own, in the order in which apps are built. */
  number: number
  place: Place
  /** The handler's own path, or that of its route. */
  paths: Paths
  route: { number: number; model: Route; verb: Verb } | null
}

/** The parts that an app is made of. */
export interface Parts {
  handler(model: Handler, spot: Spot): Fn
  param(model: Param, spot: Spot): Fn
  /** Stands for `restifyProbes()`. */
  probes(spot: Spot, root: Target): Fn
  /** Stands for `restifyProbes.route()`. */
  routeName(name: string, spot: Spot): Fn
  /** It is told of each request that comes to a router, but the root. */
  entry?(place: Place): (req: Req) => void
}

/**
 * Makes an app of a description.
 *
 * @param shared - whether a router that is mounted twice is one; else it is two that are alike, so that
 * each function in it has but one place
 */
export function build(kit: Kit, root: Router, parts: Parts, shared: boolean): Target {
  return new Builder(kit, root, parts, shared).build()
}

class Builder {
  readonly #kit: Kit
  readonly #parts: Parts
  readonly #shared: boolean
  readonly #model: Router
  readonly #root: Target
  /** The items that are mounted last of all, in the root. */
  readonly #last: ((root: Target, place: Place) => void)[] = []
  #places = 0
  #spots = 0
  #routes = 0

  constructor(kit: Kit, model: Router, parts: Parts, shared: boolean) {
    this.#kit = kit
    this.#parts = parts
    this.#shared = shared
    this.#model = model
    this.#root = this.#make(model, 'app')
  }

  build(): Target {
    const place = this.#place('app', this.#model, null, null, false)
    this.#fill(this.#root, place, true)
    for (const mount of this.#last) mount(this.#root, place)
    return this.#root
  }

  /** @param first - whether this is the first of those that are alike */
  #fill(target: Target, place: Place, first: boolean): Target {
    const { entry } = this.#parts
    if (entry !== undefined && place.outer !== null) onEntry(target, entry(place))
    const last: (() => void)[] = []
    for (const item of place.model.items) {
      if ('router' in item) this.#mountAll(item, target, place, first, last)
      else this.#add(item, target, place)
    }
    for (const mount of last) mount()
    return target
  }

  #make(model: Router, kind: Mount['kind']): Target {
    if (kind === 'router') return this.#kit.Router(model)
    const app = this.#kit.app()
    if (this.#kit.name === 'express') {
      app.set('env', 'test')
      if (model.strict) app.set('strict routing', true)
      if (model.caseSensitive) app.set('case sensitive routing', true)
    }
    return app
  }

  #mountAll(item: Mount, target: Target, place: Place, first: boolean, last: (() => void)[]): void {
    const { kind, paths, again, router } = item
    const mounted = this.#fill(
      this.#make(router, kind),
      this.#place(kind, router, place, paths, false),
      first
    )
    this.#use(target, paths, [mounted])
    if (again === null) return
    const mountAgain = (target: Target, place: Place) => {
      const same = this.#shared
        ? mounted
        : this.#fill(this.#make(router, kind), this.#place(kind, router, place, again.paths, true), false)
      this.#use(target, again.paths, [same])
    }
    if (again.in === 'same') last.push(() => mountAgain(target, place))
    else if (first) this.#last.push(mountAgain)
  }

  #add(item: Exclude<Item, Mount>, target: Target, place: Place): void {
    const { handler, param, probes, routeName } = this.#parts
    switch (item.kind) {
      case 'use': {
        const functions = item.handlers.map((model) => handler(model, this.#spot(place, item.paths)))
        this.#use(target, item.paths, functions)
        break
      }
      case 'param':
        target.param(item.name, param(item, this.#spot(place, null)))
        break
      case 'probes':
        target.use(probes(this.#spot(place, null), this.#root))
        break
      case 'route': {
        const number = this.#routes++
        const paths = givenPaths(item.paths)
        const route = item.chained ? target.route(paths) : null
        for (const verb of item.chained ? item.verbs : item.verbs.slice(0, 1)) {
          const spot = () => this.#spot(place, item.paths, { number, model: item, verb })
          const named = verb.name === null ? [] : [routeName(verb.name, spot())]
          const functions = nested([...named, ...verb.handlers.map((model) => handler(model, spot()))])
          if (route !== null) route[verb.method]?.(...functions)
          else (target as unknown as Verbs)[verb.method]?.(paths, ...functions)
        }
      }
    }
  }

  #use(target: Target, paths: Paths, functions: Fn[]): void {
    const path = paths === null ? [] : [givenPaths(paths)]
    if (this.#kit.name === 'express') target.use(...path, ...nested(functions))
    else for (const fn of functions) target.use(...path, fn)
  }

  #place(kind: Mount['kind'], model: Router, outer: Place | null, paths: Paths, again: boolean): Place {
    return { number: this.#places++, kind, model, outer, paths, again }
  }

  #spot(place: Place, paths: Paths, route: Spot['route'] = null): Spot {
    return { number: this.#spots++, place, paths, route }
  }
}

/** A function of its own in the stack would be seen by handlers: in `req.params`, for example. */
function onEntry(target: Target, note: (req: Req) => void): void {
  const { handle } = target
  target.handle = function (this: Target, req: Req, ...others: unknown[]) {
    note(req)
    return handle.call(this, req, ...others)
  }
}

type Verbs = Record<string, (...args: unknown[]) => unknown>

function givenPaths(paths: NonNullable<Paths>): unknown {
  return Array.isArray(paths) ? paths.map(givenPath) : givenPath(paths)
}

/** Three functions or more go into arrays, the last of them in an array in the array. */
function nested(functions: Fn[]): unknown[] {
  return functions.length < 3 ? functions : [[functions[0], functions.slice(1)]]
}
