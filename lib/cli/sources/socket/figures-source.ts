import type { Answer, Ask, FiguresMessage, GridName } from '../../../aggregate/protocol'
import { addBusy, describeRoute } from '../../../figures/figures'
import type { Grid } from '../../../figures/grid'
import { isError } from '../../../figures/status-code'
import { EVERYTHING } from '../../../figures/wanted'
import type { Carrier } from '../../processes/carriers'
import { GrowingFigures } from '../growing-figures'
import type { DeliverFigures, WatchedRequests, Watcher } from '../source'
import { SocketRequests } from './requests-source'
import { type Notes, SocketSource, type Thread } from './socket-source'
import { addTally, ToldRows } from './told-rows'

/** The number of requests of a watched route that a process tells of each second: the slowest ones. */
const MOST_SLOW = 20

/** Figures that processes have added up themselves, and tell of once a second. */
export class SocketFigures extends SocketSource {
  readonly #carriers: readonly Carrier[]
  readonly #grid: Grid
  readonly #growing: GrowingFigures
  readonly #rows = new Map<Thread, ToldRows>()
  /** The threads that have told of this second. */
  readonly #told = new Set<Thread>()

  constructor(
    carriers: readonly Carrier[],
    { command, grid }: { command: 'latency' | 'top'; grid: Grid },
    deliver: DeliverFigures,
    notes: Notes
  ) {
    super(carriers, notes)
    this.#carriers = carriers
    this.#grid = grid
    this.#growing = new GrowingFigures(command, grid, deliver)
  }

  override async stop(): Promise<void> {
    await super.stop()
    this.#growing.deliver(true)
  }

  /** Watches over connections of their own: one connection has either figures or requests. */
  watch({ route, slowerThanMs }: WatchedRequests, { request, failed }: Watcher): () => void {
    const asked = { handlers: false, headers: false, moments: false, slowest: MOST_SLOW }
    const wanted = { ...EVERYTHING, ...asked, route, slowerThanMs }
    // This source tells already of a process that does not answer.
    const requests = new SocketRequests(this.#carriers, wanted, request, { silent() {}, answered() {} })
    let isOver = false
    requests.start().catch((error: Error) => {
      if (!isOver) failed(error.message)
    })
    return () => {
      isOver = true
      void requests.stop()
    }
  }

  protected ask(): Omit<Ask & { ask: 'figures' }, 'protocol'> {
    return { ask: 'figures', grid: this.#grid.label as GridName, handlers: true }
  }

  protected told(thread: Thread, { figures, beat }: Answer): void {
    if (figures !== undefined) this.#add(figures, this.#rowsOf(thread))
    // The last beat is of a part of a second, and delivered with the end.
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

  #rowsOf(thread: Thread): ToldRows {
    let rows = this.#rows.get(thread)
    if (rows === undefined) {
      rows = new ToldRows()
      this.#rows.set(thread, rows)
    }
    return rows
  }

  #add(message: FiguresMessage, rows: ToldRows): void {
    rows.learn(message)
    const { figures } = this.#growing
    for (const [number, status, ...tally] of message.requests) {
      const { name, method, path } = rows.route(number)
      const route = figures.route(name)
      describeRoute(route, method, path === '' ? undefined : path)
      if (isError(status)) route.errors += tally[0]
      addTally(route.requests, tally)
    }
    for (const [number, ...tally] of message.runs) {
      const { route, name, location } = rows.handler(number)
      const handler = figures.handler(route.name, name, location)
      addBusy(handler, tally[4])
      addTally(handler.durations, tally)
    }
  }
}
