import { collect } from '../../figures/collect'
import type { Grid } from '../../figures/grid'
import type { FinishedRequest } from '../../figures/request'
import { GrowingFigures } from '../sources/growing-figures'
import { NameLimit } from '../sources/name-limit'
import { Recorder } from './recorder'

/** The length of a slice of time to begin with, in milliseconds. */
const SECOND = 1000

/** Records requests that come one by one, and the figures that they make. */
export class RequestRecorder extends Recorder {
  readonly #growing: GrowingFigures
  readonly #limit = new NameLimit()
  #timer: NodeJS.Timeout | undefined

  constructor(grid: Grid, most: number) {
    super(grid, most)
    this.#growing = new GrowingFigures('top', grid, (figures) => this.takeFigures(figures))
  }

  override begin(): void {
    super.begin()
    this.#timer = setInterval(() => this.#growing.deliver(false), SECOND)
  }

  override takeRequest(request: FinishedRequest): void {
    const limited = this.#limit.applied(request)
    super.takeRequest(limited)
    collect(this.#growing.figures, limited)
  }

  /** Must be called before the recording is asked for. */
  end(): void {
    clearInterval(this.#timer)
    this.#growing.deliver(true)
  }
}
