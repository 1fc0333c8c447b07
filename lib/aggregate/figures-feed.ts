import { GRIDS, type Grid, SECONDS, ZERO } from '../figures/grid'
import type { RecordConsumer, RequestRecord } from '../provider/record'
import { Aggregator, type HandlerRow, type RouteRow } from './aggregator'
import { type FiguresMessage, type GridName, MAX_TEXT, type TallyMessage } from './protocol'
import type { Tally } from './tally'

/** Figures for one command: what came since it was last told. */
export class FiguresFeed implements RecordConsumer {
  readonly #aggregator: Aggregator
  /** The numbers by which the command knows rows. */
  readonly #routes = new Map<RouteRow, number>()
  readonly #handlers = new Map<HandlerRow, { number: number; location: string }>()

  constructor(grid: GridName, handlers = true) {
    this.#aggregator = new Aggregator(gridOf(grid))
    this.wantsHandlers = handlers
    // Changes are noted from the first time on.
    this.#aggregator.takeChanges(() => {})
  }

  /** Whether handlers are counted. */
  get wantsHandlers(): boolean {
    return this.#aggregator.wantsHandlers
  }

  set wantsHandlers(wanted: boolean) {
    this.#aggregator.wantsHandlers = wanted
  }

  requestDone(request: RequestRecord): void {
    this.#aggregator.requestDone(request)
  }

  /** Gives what came since the last call; undefined if nothing did. */
  take(): FiguresMessage | undefined {
    let message: FiguresMessage | undefined
    this.#aggregator.takeChanges(({ statuses, handlers }) => {
      const told: FiguresMessage = { routes: [], handlers: [], requests: [], runs: [] }
      for (const { route, status, tally } of statuses)
        told.requests.push([this.#routeNumber(route, told), status, ...figuresOf(tally)])
      for (const row of handlers) told.runs.push([this.#handlerNumber(row, told), ...figuresOf(row.tally)])
      message = told
    })
    return message
  }

  #routeNumber(row: RouteRow, told: FiguresMessage): number {
    let number = this.#routes.get(row)
    if (number === undefined) {
      number = this.#routes.size
      this.#routes.set(row, number)
      told.routes.push([number, cutToLimit(row.name), row.method, cutToLimit(row.path)])
    }
    return number
  }

  #handlerNumber(row: HandlerRow, told: FiguresMessage): number {
    let known = this.#handlers.get(row)
    // Its location may have become known since.
    if (known === undefined || known.location !== row.location) {
      known = { number: known?.number ?? this.#handlers.size, location: row.location }
      this.#handlers.set(row, known)
      const route = this.#routeNumber(row.route, told)
      told.handlers.push([
        known.number,
        route,
        cutToLimit(row.name),
        row.named ? 1 : 0,
        cutToLimit(row.location)
      ])
    }
    return known.number
  }
}

function gridOf(name: GridName): Grid {
  return name === 's' ? SECONDS : (GRIDS[name] as Grid)
}

export function cutToLimit(text: string): string {
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text
}

function figuresOf(tally: Tally): TallyMessage {
  const buckets: number[] = []
  const { histogram } = tally
  for (let place = 0; place < histogram.length; place++) {
    const count = histogram[place] as number
    if (count > 0) buckets.push(place + ZERO, count)
  }
  return [tally.count, ns(tally.sum), ns(tally.min), ns(tally.max), ns(tally.busy), buckets]
}

export function ns(milliseconds: number): number {
  return Math.round(milliseconds * 1e6)
}
