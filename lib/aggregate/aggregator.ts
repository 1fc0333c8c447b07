import type { Grid } from '../figures/grid'
import type { Name } from '../provider/names'
import type { HandlerRecord, RecordConsumer, RequestRecord } from '../provider/record'
import { BoundaryIndex, BucketIndex } from './buckets'
import { type Tally, TallyMemory } from './tally'

/** The most that is kept apart; what comes in addition is added to one row that says so. */
export interface Limits {
  /** Routes, each with its method and path. */
  routes: number
  /** Status codes of one route. */
  statuses: number
  /** Handlers of all routes. */
  handlers: number
}

export const LIMITS: Limits = { routes: 2000, statuses: 20, handlers: 20_000 }

/**
 * The names of the rows for what there was no room for. No route or handler of an app's has a bracket in its
 * name by restify's rule.
 */
export const OTHER_ROUTES = '(other routes)'
export const OTHER_HANDLERS = '(other handlers)'

/** OpenTelemetry's word for a method that is none of HTTP's own: a client of HTTP/2 may send any. */
export const OTHER_METHOD = '_OTHER'

const METHODS: ReadonlySet<string> = new Set(
  'CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE'.split(' ')
)

/** The method under which requests are counted: itself, if it is one of HTTP's. */
export function countedMethod(method: string): string {
  return METHODS.has(method) ? method : OTHER_METHOD
}

/** The status code of the row for those of a route that there was no room for. */
export const OTHER_STATUS = 0

/** One status code of a route, and the durations of the requests that had it. */
export interface StatusRow {
  readonly status: number
  readonly tally: Tally
}

/** One handler of a route. */
export interface HandlerRow {
  readonly route: RouteRow
  readonly name: string
  /** Whether the name is the function's own. */
  readonly named: boolean
  /** `file:line`; empty while it is not known. */
  readonly location: string
  readonly tally: Tally
}

/** A route: its requests by their status codes, and the handlers that these have run. */
export interface RouteRow {
  readonly name: string
  /** The method in upper case; `_OTHER` for one that HTTP does not have. */
  readonly method: string
  /** The route's path as written in the app, such as `/api/users/:id`; empty where no route is known. */
  readonly path: string
  readonly statuses: readonly StatusRow[]
  handlers(): Iterable<HandlerRow>
}

class StatusEntry implements StatusRow {
  changed = false

  constructor(
    readonly route: RouteEntry,
    readonly status: number,
    readonly tally: Tally
  ) {}
}

class HandlerEntry implements HandlerRow {
  /**
   * The row of the handler that came next the last time: most requests of a route run the same ones in
   * the same order.
   */
  next: HandlerEntry | null = null
  changed = false

  readonly name: string
  readonly named: boolean
  readonly key: Name | null
  location: string
  /** The function, as a record names it, that was first while the location was not known. */
  readonly source: object | null

  /** @param run - the handler's first run; null in the row of all for which there is no room */
  constructor(
    readonly route: RouteEntry,
    run: HandlerRecord | null,
    readonly tally: Tally
  ) {
    this.name = run?.handler.text ?? OTHER_HANDLERS
    this.named = run?.named ?? true
    this.key = run?.handler ?? null
    this.location = run?.location ?? ''
    this.source = run?.source ?? null
  }
}

class RouteEntry implements RouteRow {
  readonly statuses: StatusEntry[] = []
  /** The handlers, by their names and then by their locations. */
  readonly byName = new Map<Name, Map<string, HandlerEntry>>()
  /** The row of the handler that came first the last time. */
  first: HandlerEntry | null = null
  other: HandlerEntry | null = null

  constructor(
    readonly name: string,
    readonly method: string,
    readonly path: string
  ) {}

  *handlers(): Iterable<HandlerEntry> {
    for (const byLocation of this.byName.values()) yield* byLocation.values()
    if (this.other !== null) yield this.other
  }
}

/** Rows that were added to since they were last taken. */
export interface Changes {
  readonly statuses: readonly (StatusRow & { readonly route: RouteRow })[]
  readonly handlers: readonly HandlerRow[]
}

/**
 * Adds up the requests of a process by route and status code, and their handlers by the route that names the request.
 * It is bounded in memory, whatever names an app gives.
 */
export class Aggregator implements RecordConsumer {
  readonly grid: Grid
  /** Whether handlers are counted, of requests that begin from now on. */
  wantsHandlers = true
  readonly #limits: Limits
  readonly #index: BucketIndex
  readonly #boundaries: BoundaryIndex | null
  readonly #memory: TallyMemory
  /** The routes, by their names, then by their paths, then by their methods. */
  readonly #routes = new Map<Name, Map<string, RouteEntry[]>>()
  #routeCount = 0
  #handlerCount = 0
  #otherRoutes: RouteEntry | null = null
  /**
   * The rows that changed, for a reader that takes changes. Nothing is noted for one that only looks
   * at all rows.
   */
  #changedStatuses: StatusEntry[] | null = null
  #changedHandlers: HandlerEntry[] | null = null

  /**
   * @param grid - how durations are sorted into buckets
   * @param limits - how much is kept apart at most
   * @param boundaries - of classic buckets that are counted too, in milliseconds, rising
   */
  constructor(grid: Grid, limits: Limits = LIMITS, boundaries: readonly number[] = []) {
    this.grid = grid
    this.#limits = limits
    this.#index = new BucketIndex(grid)
    this.#boundaries = boundaries.length === 0 ? null : new BoundaryIndex(boundaries, grid)
    this.#memory = new TallyMemory(boundaries.length === 0 ? 0 : boundaries.length + 1)
  }

  requestDone(request: RequestRecord): void {
    const route = this.#routeOf(request)
    const status = this.#statusOf(route, request.statusCode)
    let busy = 0
    const first = this.wantsHandlers ? request.firstHandler : null
    let before: HandlerEntry | null = null
    for (let run = first; run !== null; run = run.nextHandler) {
      const expected: HandlerEntry | null = before === null ? route.first : before.next
      let row: HandlerEntry | null = expected
      if (row === null || row.key !== run.handler || row.location !== run.location) {
        row = this.#handlerOf(route, run)
        if (before === null) route.first = row
        else before.next = row
      }
      busy += run.busy
      this.#add(row.tally, run.duration, run.busy)
      if (!row.changed && this.#changedHandlers !== null) {
        row.changed = true
        this.#changedHandlers.push(row)
      }
      before = row
    }
    this.#add(status.tally, request.duration, busy)
    if (!status.changed && this.#changedStatuses !== null) {
      status.changed = true
      this.#changedStatuses.push(status)
    }
  }

  #add(tally: Tally, duration: number, busy: number): void {
    const place = this.#index.of(duration)
    tally.add(duration, busy, place)
    if (this.#boundaries !== null) tally.addClassic(this.#boundaries.of(duration, place))
  }

  /** Every route, for readers that want all there is. */
  *routes(): Iterable<RouteRow> {
    for (const byPath of this.#routes.values()) for (const routes of byPath.values()) yield* routes
    if (this.#otherRoutes !== null) yield this.#otherRoutes
  }

  /**
   * Hands over the rows that were added to since the last time, and clears their tallies afterwards: for a reader who
   * adds up himself. To begin with, call it once.
   */
  takeChanges(read: (changes: Changes) => void): void {
    const statuses = this.#changedStatuses ?? []
    const handlers = this.#changedHandlers ?? []
    this.#changedStatuses = []
    this.#changedHandlers = []
    if (statuses.length === 0) return
    read({ statuses, handlers })
    for (const row of statuses) {
      row.changed = false
      row.tally.clear()
    }
    for (const row of handlers) {
      row.changed = false
      row.tally.clear()
    }
  }

  #routeOf({ route: key, routePath: path, method: given }: RequestRecord): RouteEntry {
    const method = countedMethod(given)
    let byPath = this.#routes.get(key)
    if (byPath === undefined) {
      if (this.#routeCount >= this.#limits.routes) return this.#other()
      byPath = new Map()
      this.#routes.set(key, byPath)
    }
    let routes = byPath.get(path)
    if (routes === undefined) {
      if (this.#routeCount >= this.#limits.routes) return this.#other()
      routes = []
      byPath.set(path, routes)
    }
    for (const route of routes) if (route.method === method) return route
    if (this.#routeCount >= this.#limits.routes) return this.#other()
    this.#routeCount++
    const route = new RouteEntry(key.text, method, path)
    routes.push(route)
    return route
  }

  #other(): RouteEntry {
    this.#otherRoutes ??= new RouteEntry(OTHER_ROUTES, OTHER_METHOD, '')
    return this.#otherRoutes
  }

  #statusOf(route: RouteEntry, code: number): StatusEntry {
    const { statuses } = route
    for (const status of statuses) if (status.status === code) return status
    const rest = statuses.length >= this.#limits.statuses
    if (rest) {
      const last = statuses[statuses.length - 1] as StatusEntry
      if (last.status === OTHER_STATUS) return last
    }
    const status = new StatusEntry(route, rest ? OTHER_STATUS : code, this.#memory.next())
    statuses.push(status)
    return status
  }

  #handlerOf(route: RouteEntry, run: HandlerRecord): HandlerEntry {
    if (route === this.#otherRoutes) return this.#otherHandlers(route)
    const { handler: key, location } = run
    let byLocation = route.byName.get(key)
    const known = byLocation?.get(location) ?? located(byLocation, run)
    if (known !== undefined) return known
    if (this.#handlerCount >= this.#limits.handlers) return this.#otherHandlers(route)
    this.#handlerCount++
    if (byLocation === undefined) {
      byLocation = new Map()
      route.byName.set(key, byLocation)
    }
    const row = new HandlerEntry(route, run, this.#memory.next())
    byLocation.set(location, row)
    return row
  }

  #otherHandlers(route: RouteEntry): HandlerEntry {
    route.other ??= new HandlerEntry(route, null, this.#memory.next())
    return route.other
  }
}

/** The row that was begun while the location was not known yet, which takes it now. */
function located(
  byLocation: Map<string, HandlerEntry> | undefined,
  { location, source }: HandlerRecord
): HandlerEntry | undefined {
  const row = byLocation?.get('')
  // Functions that are never located have rows of their own.
  if (byLocation === undefined || row === undefined || row.source !== source) return undefined
  byLocation.delete('')
  byLocation.set(location, row)
  row.location = location
  return row
}
