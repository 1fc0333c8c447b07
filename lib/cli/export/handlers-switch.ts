/** Whether figures of handlers are wanted: they multiply the series, so that they may be wanted for a time only. */
export class HandlersSwitch {
  #wanted: boolean
  /** The time at which they are switched off again, in milliseconds since 1970; undefined for never. */
  #until: number | undefined
  #timer: NodeJS.Timeout | undefined
  #sinceMs = 0
  readonly #listeners: ((wanted: boolean) => void)[] = []

  constructor(wanted = false) {
    this.#wanted = wanted
  }

  get wanted(): boolean {
    return this.#wanted
  }

  /** The time at which they are switched off again, in milliseconds since 1970; undefined for never. */
  get until(): number | undefined {
    return this.#until
  }

  /**
   * The time since which they are counted, in milliseconds since 1970: once they are switched on again, they begin anew. 0 if
   * that is as long as everything else.
   */
  get sinceMs(): number {
    return this.#sinceMs
  }

  onChange(listener: (wanted: boolean) => void): void {
    this.#listeners.push(listener)
  }

  /** @param ms - the time that they stay on, at most 24 days; undefined for until they are switched off */
  on(ms?: number): void {
    clearTimeout(this.#timer)
    this.#until = ms === undefined ? undefined : Date.now() + ms
    if (ms !== undefined) this.#timer = setTimeout(() => this.off(), ms).unref()
    this.#turn(true)
  }

  off(): void {
    clearTimeout(this.#timer)
    this.#until = undefined
    this.#turn(false)
  }

  #turn(wanted: boolean): void {
    if (this.#wanted === wanted) return
    this.#wanted = wanted
    if (wanted) this.#sinceMs = Date.now()
    for (const listener of this.#listeners) listener(wanted)
  }
}
