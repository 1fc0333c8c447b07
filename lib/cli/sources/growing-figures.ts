import { Figures } from '../../figures/figures'
import type { Grid } from '../../figures/grid'
import type { DeliverFigures } from './source'

/** Figures that are added to here, and delivered as they are at a moment. */
export class GrowingFigures {
  readonly #command: 'latency' | 'top'
  readonly #deliver: DeliverFigures
  #figures: Figures

  constructor(command: 'latency' | 'top', grid: Grid, deliver: DeliverFigures) {
    this.#command = command
    this.#deliver = deliver
    this.#figures = new Figures(grid)
  }

  /** The figures to add to. They must be asked for anew after each delivery. */
  get figures(): Figures {
    return this.#figures
  }

  deliver(atEnd: boolean): void {
    const figures = this.#figures
    this.#deliver(figures, atEnd)
    // Whoever compares with this state keeps it, so what follows grows in a copy.
    this.#figures = figures.since(new Figures(figures.grid))
    if (this.#command === 'top') this.#figures.forgetExtremes()
  }
}
