import { addBusy, describeRoute, Figures } from '../../../figures/figures'
import type { Grid } from '../../../figures/grid'
import type { DeliverFigures } from '../source'

/** Figures of several bpftraces, as if they came from one. */
export class JoinedFigures {
  readonly #grid: Grid
  readonly #deliver: DeliverFigures
  /** The last figures that each has delivered. */
  readonly #parts = new Map<object, Figures>()
  /** The bpftraces that have delivered in this second. */
  readonly #told = new Set<object>()
  /** The bpftraces that deliver no more. */
  readonly #over = new Set<object>()

  constructor(grid: Grid, deliver: DeliverFigures) {
    this.#grid = grid
    this.#deliver = deliver
  }

  /** Takes the figures of one bpftrace, from its start to its end. */
  part(): DeliverFigures {
    const part = {}
    return (figures, atEnd) => {
      this.#parts.set(part, figures)
      if (atEnd) {
        this.#over.add(part)
        return
      }
      // Each delivers once a second, which is over when all have, or one does so again.
      const isLate = this.#told.has(part)
      if (isLate) this.#deliverAll(false)
      this.#told.add(part)
      if (!isLate && this.#told.size >= this.#parts.size - this.#over.size) this.#deliverAll(false)
    }
  }

  /** Must be called when none delivers any more. */
  end(): void {
    this.#deliverAll(true)
  }

  #deliverAll(atEnd: boolean): void {
    this.#told.clear()
    this.#deliver(this.#sum(), atEnd)
  }

  #sum(): Figures {
    const [only, another] = this.#parts.values()
    if (only !== undefined && another === undefined) return only
    const sum = new Figures(this.#grid)
    for (const part of this.#parts.values()) {
      for (const [name, { method, path, requests, errors, handlers }] of part.routes) {
        const route = sum.route(name)
        describeRoute(route, method, path)
        route.requests.merge(requests)
        route.errors += errors
        for (const { name: handlerName, location, durations, busyNs } of handlers.values()) {
          const handler = sum.handler(name, handlerName, location)
          handler.durations.merge(durations)
          addBusy(handler, busyNs)
        }
      }
    }
    return sum
  }
}
