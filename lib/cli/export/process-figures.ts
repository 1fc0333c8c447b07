import { OTHER_HANDLERS, OTHER_METHOD, OTHER_ROUTES, OTHER_STATUS } from '../../aggregate/aggregator'
import { Distribution } from '../../figures/distribution'
import { addBusy, handlerKey } from '../../figures/figures'
import { SECONDS } from '../../figures/grid'
import type { ToldHandler, ToldRoute } from '../sources/socket/told-rows'

/** The most that is kept apart of one process. All that comes in addition is added to one row. */
export interface Limits {
  /** Routes, each with its method. */
  routes: number
  /** Status codes of one route. */
  statuses: number
  /** Handlers of all routes together. */
  handlers: number
}

export const LIMITS: Limits = { routes: 500, statuses: 20, handlers: 5000 }

/** The longest text that becomes a label, in characters. */
const MAX_NAME = 256

/** The room that the rows of all processes share. */
export class Room {
  readonly #most: number
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  take(): boolean {
    if (this.#taken >= this.#most) return false
    this.#taken++
    return true
  }

  giveBack(rows: number): void {
    this.#taken -= rows
  }
}

/** The numbers of requests, and of runs of handlers, that could not be kept apart. */
export interface Overflow {
  routes: number
  status_codes: number
  handlers: number
}

export interface RouteRow {
  readonly method: string
  /** The route's path; empty where no route is known. */
  readonly path: string
  readonly statuses: Map<number, Distribution>
  readonly handlers: Map<string, HandlerRow>
}

export interface HandlerRow {
  readonly name: string
  readonly location: string
  readonly durations: Distribution
  /** The time for which they held the event loop; undefined where that is not known. */
  busyNs?: number
}

/** The figures of one process, of all its threads together. They are bounded, whatever the process tells. */
export class ProcessFigures {
  readonly overflow: Overflow = { routes: 0, status_codes: 0, handlers: 0 }
  readonly #room: Room
  readonly #limits: Limits
  readonly #routes = new Map<string, RouteRow>()
  #requestRows = 0
  #handlerRows = 0

  constructor(room: Room, limits: Limits = LIMITS) {
    this.#room = room
    this.#limits = limits
  }

  routes(): Iterable<RouteRow> {
    return this.#routes.values()
  }

  /** @param count - the number of those that are about to be added to it */
  requests(told: ToldRoute, code: number, count: number): Distribution {
    const route = this.#route(told, count)
    const known = route.statuses.get(code)
    if (known !== undefined) return known
    const isOther = route.statuses.size >= this.#limits.statuses || !this.#room.take()
    if (isOther) this.overflow.status_codes += count
    else this.#requestRows++
    const status = isOther ? OTHER_STATUS : code
    const durations = route.statuses.get(status) ?? new Distribution(SECONDS)
    route.statuses.set(status, durations)
    return durations
  }

  /** @param count - the number of those that are about to be added to it */
  runs({ route: told, name, location }: ToldHandler, count: number): HandlerRow {
    const { handlers } = this.#route(told, 0)
    const handler = { name: shortened(name), location: shortened(location) }
    const key = handlerKey(handler)
    const known = handlers.get(key)
    if (known !== undefined) return known
    if (this.#handlerRows < this.#limits.handlers && this.#room.take()) {
      this.#handlerRows++
      return added(handlers, key, handler)
    }
    this.overflow.handlers += count
    return (
      handlers.get(OTHER_HANDLERS) ?? added(handlers, OTHER_HANDLERS, { name: OTHER_HANDLERS, location: '' })
    )
  }

  located({ route: told, name, location }: ToldHandler): void {
    const { handlers } = this.#route(told, 0)
    const handler = { name: shortened(name), location: shortened(location) }
    const before = handlers.get(handlerKey({ ...handler, location: '' }))
    if (before === undefined) return
    handlers.delete(handlerKey(before))
    const known = handlers.get(handlerKey(handler))
    if (known === undefined) {
      handlers.set(handlerKey(handler), { ...before, ...handler })
      return
    }
    // Another thread has told of it already.
    known.durations.merge(before.durations)
    addBusy(known, before.busyNs)
    this.#handlerRows--
    this.#room.giveBack(1)
  }

  /** Drops the figures of handlers, which begin anew. */
  forgetHandlers(): void {
    for (const { handlers } of this.#routes.values()) handlers.clear()
    this.#room.giveBack(this.#handlerRows)
    this.#handlerRows = 0
  }

  /** Drops everything. */
  clear(): void {
    this.forgetHandlers()
    this.#routes.clear()
    this.#room.giveBack(this.#requestRows)
    this.#requestRows = 0
  }

  #route(told: ToldRoute, count: number): RouteRow {
    const route = { method: shortened(told.method), path: shortened(told.path) }
    const key = `${route.method} ${route.path}`
    const known = this.#routes.get(key)
    if (known !== undefined) return known
    if (this.#routes.size < this.#limits.routes) return this.#added(key, route)
    this.overflow.routes += count
    return this.#routes.get(OTHER_ROUTES) ?? this.#added(OTHER_ROUTES, { method: OTHER_METHOD, path: '' })
  }

  #added(key: string, { method, path }: { method: string; path: string }): RouteRow {
    const row = { method, path, statuses: new Map(), handlers: new Map() }
    this.#routes.set(key, row)
    return row
  }
}

function added(
  handlers: Map<string, HandlerRow>,
  key: string,
  { name, location }: { name: string; location: string }
): HandlerRow {
  const row = { name, location, durations: new Distribution(SECONDS) }
  handlers.set(key, row)
  return row
}

/** Copies a text, since a part of a longer one would keep all of that in memory. */
function shortened(text: string): string {
  const short = text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME - 1)}…`
  return Buffer.from(short).toString()
}
