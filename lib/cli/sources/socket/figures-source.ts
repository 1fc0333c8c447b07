import type { Answer, Ask, FiguresMessage, GridName, TallyMessage } from '../../../aggregate/protocol'
import type { Distribution } from '../../../figures/distribution'
import { addBusy, describeRoute, type HandlerFigures, type RouteFigures } from '../../../figures/figures'
import type { Grid } from '../../../figures/grid'
import { isError } from '../../../figures/status'
import type { Carrier } from '../../processes/carriers'
import { Malformed } from '../checked'
import { GrowingFigures } from '../growing'
import type { DeliverFigures } from '../source'
import { type Notes, SocketSource, type Thread } from './socket-source'

/** The most rows of a thread, many times what the package tells apart. */
const MAX_ROUTES = 20_000
const MAX_HANDLERS = 100_000

/** The rows of a thread, by their numbers. */
interface Rows {
  routes: Map<number, { name: string; method: string; path: string }>
  handlers: Map<number, { route: number; name: string; location: string }>
}

/** Figures that processes have added up themselves, and tell of once a second. */
export class SocketFigures extends SocketSource {
  readonly #grid: Grid
  readonly #growing: GrowingFigures
  readonly #rows = new Map<Thread, Rows>()
  /** The threads that have told of this second. */
  readonly #told = new Set<Thread>()

  constructor(
    carriers: readonly Carrier[],
    { command, grid }: { command: 'latency' | 'top'; grid: Grid },
    deliver: DeliverFigures,
    notes: Notes
  ) {
    super(carriers, notes)
    this.#grid = grid
    this.#growing = new GrowingFigures(command, grid, deliver)
  }

  override async stop(): Promise<void> {
    await super.stop()
    this.#growing.deliver(true)
  }

  protected ask(): Omit<Ask & { ask: 'figures' }, 'protocol'> {
    return { ask: 'figures', grid: this.#grid.label as GridName }
  }

  protected told(thread: Thread, { figures, beat }: Answer): void {
    if (figures !== undefined) this.#add(figures, this.#rowsOf(thread))
    // The last is of a part of a second, and delivered with the end.
    if (beat === undefined || this.stopping) return
    // A second is over when all have told of it, or one has twice.
    const isLate = this.#told.has(thread)
    if (isLate) this.#deliver()
    this.#told.add(thread)
    if (this.threads.every((each) => each.state !== 'listening' || this.#told.has(each))) this.#deliver()
  }

  #deliver(): void {
    this.#told.clear()
    this.#growing.deliver(false)
  }

  #rowsOf(thread: Thread): Rows {
    let rows = this.#rows.get(thread)
    if (rows === undefined) {
      rows = { routes: new Map(), handlers: new Map() }
      this.#rows.set(thread, rows)
    }
    return rows
  }

  #add(message: FiguresMessage, { routes, handlers }: Rows): void {
    for (const [number, name, method, path] of message.routes) routes.set(number, { name, method, path })
    for (const [number, route, name, , location] of message.handlers)
      handlers.set(number, { route, name, location })
    if (routes.size > MAX_ROUTES || handlers.size > MAX_HANDLERS) throw new Malformed()
    for (const [number, status, ...tally] of message.requests) {
      const route = this.#route(routes.get(number))
      if (isError(status)) route.errors += tally[0]
      addTally(route.requests, tally)
    }
    for (const [number, ...tally] of message.runs) {
      const row = handlers.get(number)
      const handler = this.#handler(row, routes.get(row?.route ?? -1))
      addBusy(handler, tally[4])
      addTally(handler.durations, tally)
    }
  }

  #route(row: { name: string; method: string; path: string } | undefined): RouteFigures {
    if (row === undefined) throw new Malformed()
    const route = this.#growing.figures.route(row.name)
    describeRoute(route, row.method, row.path === '' ? undefined : row.path)
    return route
  }

  #handler(
    row: { name: string; location: string } | undefined,
    route: { name: string } | undefined
  ): HandlerFigures {
    if (row === undefined || route === undefined) throw new Malformed()
    return this.#growing.figures.handler(route.name, row.name, row.location)
  }
}

function addTally(distribution: Distribution, [, sumNs, minNs, maxNs, , buckets]: TallyMessage): void {
  for (let i = 0; i < buckets.length; i += 2) distribution.add(buckets[i] as number, buckets[i + 1] as number)
  distribution.sumNs += sumNs
  distribution.minNs = Math.min(distribution.minNs, minNs)
  distribution.maxNs = Math.max(distribution.maxNs, maxNs)
}
