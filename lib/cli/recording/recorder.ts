import type { LoopHistory } from '../../figures/event-loop'
import { Figures } from '../../figures/figures'
import type { Grid } from '../../figures/grid'
import type { FinishedRequest } from '../../figures/request'
import { MAX_SLICES, type Recording, type Slice } from './recording'
import { Slowest } from './slowest'

/** Makes a recording of what a command measures. */
export class Recorder {
  readonly #grid: Grid
  readonly #slowest: Slowest
  readonly #most: number
  readonly #beganMs = Date.now()
  #endedMs = Date.now()
  /** The state of the figures when they were last looked at. */
  #before: Figures
  #total: Figures
  #slices: Slice[] = []
  #open: Slice
  /** The number of deliveries that make a slice. */
  #deliveries = 1
  #delivered = 0
  #then = performance.now()

  /** @param most - the number of requests of each route that are kept */
  constructor(grid: Grid, most: number) {
    this.#grid = grid
    this.#most = most
    this.#slowest = new Slowest(most)
    this.#before = new Figures(grid)
    this.#total = new Figures(grid)
    this.#open = this.#empty()
  }

  /** Begins now: what was before is not counted as time. */
  begin(): void {
    this.#then = performance.now()
  }

  /** Takes figures that grow, once a second and at the end; their extremes are those since the last time. */
  takeFigures(figures: Figures): void {
    const now = performance.now()
    const more = figures.since(this.#before)
    this.#before = figures
    this.#total.merge(more)
    this.#open.figures.merge(more)
    this.#open.seconds += (now - this.#then) / 1000
    this.#then = now
    this.#endedMs = Date.now()
    if (++this.#delivered >= this.#deliveries) this.#endSlice()
  }

  /** Headers and the client's address are not recorded: a recording is sent to others. */
  takeRequest(request: FinishedRequest): void {
    const { requestHeaders: _, responseHeaders: __, client: ___, ...kept } = request
    this.#slowest.add(kept)
  }

  /** All figures so far. */
  get figures(): Figures {
    return this.#total
  }

  recording(
    told: Pick<Recording, 'version' | 'command' | 'title' | 'notes'> & { loops: readonly LoopHistory[] }
  ): Recording {
    return {
      ...told,
      notes: [...told.notes, ...this.#leftOut()],
      beganMs: this.#beganMs,
      endedMs: this.#endedMs,
      unit: this.#grid.label,
      figures: this.#total,
      slices: this.#open.figures.requests() > 0 ? [...this.#slices, this.#open] : this.#slices,
      requests: this.#slowest.all()
    }
  }

  #leftOut(): string[] {
    const { most } = this.#slowest
    if (most === this.#most) return []
    const kept = most === 0 ? 'no request is' : `only the ${most} slowest requests of each route are`
    return [`${kept} kept: there was too much to tell of more`]
  }

  #endSlice(): void {
    this.#slices.push(this.#open)
    this.#open = this.#empty()
    this.#delivered = 0
    // One slice less than the most is kept, as one is open at the end.
    if (this.#slices.length < MAX_SLICES - 1) return
    const halves: Slice[] = []
    for (let i = 0; i < this.#slices.length; i += 2) {
      const [one, other] = this.#slices.slice(i, i + 2) as [Slice, Slice | undefined]
      if (other !== undefined) {
        one.figures.merge(other.figures)
        one.seconds += other.seconds
        halves.push(one)
      } else {
        this.#open = one
        this.#delivered = this.#deliveries
      }
    }
    this.#slices = halves
    this.#deliveries *= 2
  }

  #empty(): Slice {
    return { seconds: 0, figures: new Figures(this.#grid) }
  }
}
