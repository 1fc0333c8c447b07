import { Figures } from '../../figures/figures'
import type { Grid } from '../../figures/grid'
import type { Latest } from '../outputs/rates'

/** Turns figures that grow into those of the time between two looks. */
export class Seconds {
  readonly #grid: Grid
  #before: Figures
  #then = 0

  constructor(grid: Grid) {
    this.#grid = grid
    this.#before = new Figures(grid)
  }

  get begun(): boolean {
    return this.#then > 0
  }

  begin(): void {
    this.#before = new Figures(this.#grid)
    this.#then = performance.now()
  }

  next(figures: Figures): Latest {
    const now = performance.now()
    const seconds = (now - this.#then) / 1000
    const later = figures.since(this.#before)
    this.#before = figures
    this.#then = now
    return { figures: later, seconds }
  }
}
