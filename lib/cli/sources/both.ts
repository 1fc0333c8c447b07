import type { LoopHistory } from '../../figures/event-loop'
import type { Carrier } from '../processes/carriers'
import type { Ending, Source } from './source'

/** Figures, and requests of the same processes, in one. */
export class Both implements Source {
  readonly ended: Promise<Ending>
  readonly #figures: Source
  readonly #openRequests: () => Source
  #requests: Source | undefined
  #end: (ending: Promise<Ending>) => void = () => {}

  /**
   * @param openRequests - called when the first is at work, since one tracer may look for what the
   * other attaches
   */
  constructor(figures: Source, openRequests: () => Source) {
    this.#figures = figures
    this.#openRequests = openRequests
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.ended.catch(() => {})
  }

  async start(): Promise<void> {
    await this.#figures.start()
    const requests = this.#openRequests()
    this.#requests = requests
    await requests.start()
    this.#end(Promise.race([this.#figures.ended, requests.ended]))
  }

  async stop(): Promise<void> {
    await Promise.all([this.#figures.stop(), this.#requests?.stop()])
  }

  /** Counts the losses of the figures alone: the requests are the slowest ones, as an example. */
  lost(): number {
    return this.#figures.lost()
  }

  describeLost(count: number): string {
    return this.#figures.describeLost(count)
  }

  incomplete(): string | undefined {
    return this.#figures.incomplete()
  }

  leftOut(): readonly Carrier[] {
    return this.#figures.leftOut?.() ?? []
  }

  loops(): LoopHistory[] {
    return this.#figures.loops?.() ?? []
  }
}
