import { OTHER_HANDLERS, OTHER_METHOD, OTHER_ROUTES, OTHER_STATUS } from '../../aggregate/aggregator'
import { Distribution } from '../../figures/distribution'
import { addBusy, handlerKey } from '../../figures/figures'
import { SECONDS } from '../../figures/grid'
import { HTTP_BOUNDARIES } from '../../metrics/boundaries'
import { escapeLabel } from '../../metrics/exposition/text'
import type { ToldHandler, ToldRoute } from '../sources/socket/told-rows'
import type { Share } from './room'

/** The most that is kept apart of one process. All that comes in addition is added to one row. */
export interface ProcessLimits {
  /** Routes, each with its method. */
  routes: number
  /** Status codes of one route. */
  statuses: number
  /** Handlers of all routes together. */
  handlers: number
}

export const PROCESS_LIMITS: ProcessLimits = { routes: 500, statuses: 20, handlers: 5000 }

/** The longest text that becomes a label, in characters. */
const MAX_NAME = 256

/** The number of lines of text that a row of requests has, with the usual boundaries, and one of a handler's runs. */
const REQUEST_LINES = 17
const HANDLER_LINES = 19

/** About the length of a line of text without the values of its labels, in characters. */
const LINE = 160

/** The numbers of requests, and of runs of handlers, that could not be kept apart. */
export interface Overflow {
  routes: number
  status_codes: number
  handlers: number
}

/** The durations of requests, which the kernel has also compared with the boundaries of classic buckets. */
export class RequestDurations extends Distribution {
  /**
   * The numbers of those that were longer than the boundary before, and at most as long as each of {@link HTTP_BOUNDARIES};
   * last, the number of those that exceeded all. Undefined where that was not counted.
   */
  classic: Float64Array | undefined

  /** Adds durations that are in a bucket, and within a boundary. */
  addWithin(bucket: number, boundary: number, count: number): void {
    this.add(bucket, count)
    this.classic ??= new Float64Array(HTTP_BOUNDARIES.length + 1)
    const last = this.classic.length - 1
    ;(this.classic[Math.min(boundary, last)] as number) += count
  }
}

export interface ProcessRoute {
  readonly method: string
  /** The route's path; empty where no route is known. */
  readonly path: string
  readonly statuses: Map<number, RequestDurations>
  readonly handlers: Map<string, ProcessHandler>
}

export interface ProcessHandler {
  readonly name: string
  readonly location: string
  readonly durations: Distribution
  /** The time for which they held the event loop; undefined where that is not known. */
  busyNs?: number
}

/**
 * The figures of one process, of all its threads together. They are bounded, whatever the process tells: by numbers of
 * rows, and by the length of the text that these make.
 */
export class ProcessFigures {
  readonly overflow: Overflow = { routes: 0, status_codes: 0, handlers: 0 }
  readonly #share: Share
  /** The length of the labels that each line has. */
  readonly #labels: number
  readonly #limits: ProcessLimits
  readonly #routes = new Map<string, ProcessRoute>()
  /** The row for all that there is no room for; it is always there. */
  readonly #rest: ProcessRoute = newRoute({ method: OTHER_METHOD, path: OTHER_ROUTES })
  #handlerRows = 0
  /** The part of the room that handlers have taken. */
  #handlerRoom = 0

  /**
   * @param share - of the room for text, in characters
   * @param labels - the values of the labels that tell the process from others
   */
  constructor(share: Share, labels: readonly string[] = [], limits: ProcessLimits = PROCESS_LIMITS) {
    this.#share = share
    this.#labels = lengthOf(labels)
    this.#limits = limits
  }

  *routes(): Iterable<ProcessRoute> {
    yield* this.#routes.values()
    const { statuses, handlers } = this.#rest
    if (statuses.size > 0 || handlers.size > 0) yield this.#rest
  }

  /** @param count - the number of those that are about to be added to it */
  requests(told: ToldRoute, code: number, count: number): RequestDurations {
    const route = this.#route(told)
    if (route !== this.#rest) {
      const status =
        route.statuses.has(code) || route.statuses.size < this.#limits.statuses ? code : OTHER_STATUS
      const durations = this.#durations(route, status)
      if (durations !== undefined) {
        if (status === OTHER_STATUS) this.overflow.status_codes += count
        return durations
      }
    }
    this.overflow.routes += count
    return durationsIn(this.#rest, OTHER_STATUS)
  }

  /** @param count - the number of those that are about to be added to it */
  runs({ route: told, name, location }: ToldHandler, count: number): ProcessHandler {
    const route = this.#route(told)
    const handler = { name: shortened(name), location: shortened(location) }
    const key = handlerKey(handler)
    const isRest = name === OTHER_HANDLERS
    if (isRest) this.overflow.handlers += count
    const known = route.handlers.get(key)
    if (known !== undefined) return known
    const room = HANDLER_LINES * this.#lineOf(route, handler.name, handler.location)
    if (route !== this.#rest && this.#handlerRows < this.#limits.handlers && this.#share.take(room)) {
      this.#handlerRows++
      this.#handlerRoom += room
      return added(route.handlers, key, handler)
    }
    if (!isRest) this.overflow.handlers += count
    const { handlers } = this.#rest
    return (
      handlers.get(OTHER_HANDLERS) ?? added(handlers, OTHER_HANDLERS, { name: OTHER_HANDLERS, location: '' })
    )
  }

  located({ route: told, name, location }: ToldHandler): void {
    const { handlers } = this.#route(told)
    const handler = { name: shortened(name), location: shortened(location) }
    const before = handlers.get(handlerKey({ ...handler, location: '' }))
    const room = HANDLER_LINES * lengthOf([handler.location])
    if (before === undefined || !this.#share.take(room)) return
    this.#handlerRoom += room
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
  }

  /** Drops the figures of handlers, which begin anew. */
  forgetHandlers(): void {
    for (const { handlers } of [...this.#routes.values(), this.#rest]) handlers.clear()
    this.#share.giveBack(this.#handlerRoom)
    this.#handlerRoom = 0
    this.#handlerRows = 0
  }

  /** Drops everything. */
  clear(): void {
    this.forgetHandlers()
    this.#routes.clear()
    this.#rest.statuses.clear()
    this.#share.giveBack()
  }

  /** The durations of a route's requests with this status; undefined where there is no room for them. */
  #durations(route: ProcessRoute, status: number): RequestDurations | undefined {
    const isNew = !route.statuses.has(status)
    if (isNew && !this.#share.take(REQUEST_LINES * this.#lineOf(route))) return undefined
    return durationsIn(route, status)
  }

  #route(told: ToldRoute): ProcessRoute {
    if (told.name === OTHER_ROUTES) return this.#rest
    const route = { method: shortened(told.method), path: shortened(told.path) }
    const key = `${route.method}\0${route.path}`
    const known = this.#routes.get(key)
    if (known !== undefined) return known
    if (this.#routes.size >= this.#limits.routes || !this.#share.take(this.#lineOf(route))) return this.#rest
    const row = newRoute(route)
    this.#routes.set(key, row)
    return row
  }

  /** The length of a line about a route, with these labels beside the route's own. */
  #lineOf({ method, path }: Pick<ProcessRoute, 'method' | 'path'>, ...labels: readonly string[]): number {
    return LINE + this.#labels + lengthOf([method, path, ...labels])
  }
}

/** The length of labels in bytes, as they are written in text. */
function lengthOf(labels: readonly string[]): number {
  return labels.reduce((sum, label) => sum + Buffer.byteLength(escapeLabel(label)), 0)
}

function newRoute({ method, path }: Pick<ProcessRoute, 'method' | 'path'>): ProcessRoute {
  return { method, path, statuses: new Map(), handlers: new Map() }
}

function durationsIn({ statuses }: ProcessRoute, status: number): RequestDurations {
  const durations = statuses.get(status) ?? new RequestDurations(SECONDS)
  statuses.set(status, durations)
  return durations
}

function added(
  handlers: Map<string, ProcessHandler>,
  key: string,
  { name, location }: { name: string; location: string }
): ProcessHandler {
  const row = { name, location, durations: new Distribution(SECONDS) }
  handlers.set(key, row)
  return row
}

/** Copies a text, since a part of a longer one would keep all of that in memory. */
function shortened(text: string): string {
  const short = text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME - 1)}…`
  return Buffer.from(short).toString()
}
