import type { Answer, Ask } from '../../../aggregate/protocol'
import type { Distribution } from '../../../figures/distribution'
import { addBusy } from '../../../figures/figures'
import { SECONDS } from '../../../figures/grid'
import type { Carrier } from '../../processes/carriers'
import type { Memory } from '../memory'
import { type Notes, SocketSource, type Thread } from './socket-source'
import { addTally, type ToldHandler, type ToldRoute, ToldRows } from './told-rows'

/**
 * In characters a second: how fast a process is listened to in the long run. One of 2000 routes that all had requests
 * tells a fifth of it.
 */
const PACE = 1_000_000

/** A receiver that adds up the figures of one process, on the grid of seconds. */
export interface ProcessRows {
  /** @param count - the number of those that are about to be added */
  requests(route: ToldRoute, status: number, count: number): Distribution
  /** @param count - the number of those that are about to be added */
  runs(handler: ToldHandler, count: number): { durations: Distribution; busyNs?: number }
  /** The location of a handler has become known: what was counted before is to be found under it. */
  located(handler: ToldHandler): void
}

/** Figures of one process by route, status and handler, which are added to rows that somebody else keeps. */
export class ProcessSource extends SocketSource {
  readonly #rows: ProcessRows
  readonly #told = new Map<Thread, ToldRows>()
  readonly #memory: Memory
  #handlers: boolean

  /**
   * @param handlers - whether figures of handlers are wanted
   * @param memory - for what the process tells
   */
  constructor(
    carrier: Carrier,
    rows: ProcessRows,
    { handlers, memory }: { handlers: boolean; memory: Memory },
    notes: Notes
  ) {
    super([carrier], notes, { memory, pace: PACE })
    this.#rows = rows
    this.#memory = memory
    this.#handlers = handlers
  }

  override async stop(): Promise<void> {
    await super.stop()
    for (const told of this.#told.values()) told.forget()
    this.#told.clear()
  }

  /** Whether it counts by now. */
  get isListening(): boolean {
    return this.threads.some(({ state }) => state === 'listening')
  }

  /** Whether figures of handlers are wanted from now on. */
  switchHandlers(wanted: boolean): void {
    if (this.#handlers === wanted) return
    this.#handlers = wanted
    for (const { state, client } of this.threads)
      if (state === 'asked' || state === 'listening') client.ask({ ask: 'handlers', wanted })
  }

  protected ask(): Omit<Ask & { ask: 'figures' }, 'protocol'> {
    return { ask: 'figures', grid: SECONDS.label, handlers: this.#handlers }
  }

  protected told(thread: Thread, { figures }: Answer): void {
    if (figures === undefined) return
    let told = this.#told.get(thread)
    if (told === undefined) {
      told = new ToldRows(this.#memory)
      this.#told.set(thread, told)
    }
    told.learn(figures, (handler) => this.#rows.located(handler))
    for (const [number, status, ...tally] of figures.requests)
      addTally(this.#rows.requests(told.route(number), status, tally[0]), tally)
    // Figures of handlers may have been on their way when they were switched off.
    if (!this.#handlers) return
    for (const [number, ...tally] of figures.runs) {
      const row = this.#rows.runs(told.handler(number), tally[0])
      addBusy(row, tally[4])
      addTally(row.durations, tally)
    }
  }
}
