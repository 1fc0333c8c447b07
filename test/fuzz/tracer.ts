import { setTimeout } from 'node:timers/promises'
import { type Firing, Recorder } from '../support/recorder'
import type { Switch } from './model'

/**
 * The shortest pause that is noted, in milliseconds: nobody can know of a shorter one in which no request
 * comes (lib/trace/session.ts).
 */
const PAUSE = 60

/** The place of an event among the firings of a tracer that is switched on and off. */
export interface Moment {
  /** The number of times that the tracer has been switched on so far. */
  epoch: number
  on: boolean
  /** The number of firings that it has recorded in this epoch. */
  fired: number
}

/** A tracer that comes and goes; each time it is another one. */
export class Tracer {
  readonly #recorders: Recorder[] = []
  #on = false
  #offAt = Number.NEGATIVE_INFINITY

  get now(): Moment {
    return {
      epoch: this.#recorders.length,
      on: this.#on,
      fired: this.#recorders.at(-1)?.firings.length ?? 0
    }
  }

  /** The firings that were recorded each time. */
  get epochs(): Firing[][] {
    return this.#recorders.map(({ firings }) => firings)
  }

  /** Does nothing for a tracer that would come back too soon. */
  switchNow(to: Switch): void {
    if (to === 'on' && !this.#on && performance.now() >= this.#offAt + PAUSE) {
      this.#on = true
      this.#recorders.push(new Recorder())
    }
    if (to === 'off' && this.#on) {
      this.#on = false
      this.#recorders.at(-1)?.stop()
      this.#offAt = performance.now()
    }
  }

  async switch(to: Switch): Promise<void> {
    // A timer may come a little early.
    const soonest = this.#offAt + PAUSE
    if (to === 'on' && !this.#on)
      while (performance.now() < soonest) await setTimeout(soonest - performance.now())
    this.switchNow(to)
  }
}
