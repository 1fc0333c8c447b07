/** The time, in milliseconds, for which the middleware stays after the last one who listened. */
const AFTERWARDS = 1000

/** The time between two looks, in milliseconds. */
const LOOK = 100

/** The commands that listen, as the socket for commands knows them. */
export interface Listeners {
  /** The number of commands that listen at this moment. */
  readonly listeners: number
  /** The number of commands that have listened so far. */
  readonly listened: number
}

/** Ends a stay when nobody listens: not within some time from its start, or for a second after somebody did. */
export class Stay {
  readonly #listeners: Listeners
  readonly #over: () => void
  readonly #timer: NodeJS.Timeout
  #left = 0
  #listened: number

  constructor(listeners: Listeners, over: () => void) {
    this.#listeners = listeners
    this.#listened = listeners.listened
    this.#over = over
    this.#timer = setInterval(() => this.#look(), LOOK)
    // The timer must not keep the app running.
    this.#timer.unref()
  }

  /**
   * Somebody is about to listen.
   *
   * @param milliseconds - how long it may take until that is so
   */
  prolong(milliseconds: number): void {
    this.#left = Math.max(this.#left, milliseconds)
  }

  end(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const { listeners, listened } = this.#listeners
    const hasBegun = listened > this.#listened
    this.#listened = listened
    if (listeners > 0 || hasBegun) {
      this.#left = AFTERWARDS
      return
    }
    // Time is counted in looks, so that a thread which was busy all the time has not missed whoever came.
    this.#left -= LOOK
    if (this.#left <= 0) this.#over()
  }
}
