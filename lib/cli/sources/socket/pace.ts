import type { Socket } from 'node:net'

/** In milliseconds: after this, a process that told too much is listened to again. */
const PAUSE = 1000

/** What may be told at once, however long nothing was told before, in seconds of what may be told in the long run. */
const BURST = 8

/** Reads no more from a socket than so much in the long run: reading takes time, of which others need some too. */
export class Pace {
  readonly #socket: Socket
  readonly #perSecond: number
  #left: number
  #since = performance.now()
  #timer: NodeJS.Timeout | undefined

  /** @param perSecond - in characters */
  constructor(socket: Socket, perSecond: number) {
    this.#socket = socket
    this.#perSecond = perSecond
    this.#left = BURST * perSecond
  }

  took(characters: number): void {
    const now = performance.now()
    const earned = ((now - this.#since) / 1000) * this.#perSecond
    this.#since = now
    this.#left = Math.min(this.#left + earned, BURST * this.#perSecond) - characters
    if (this.#left > 0) return
    this.#socket.pause()
    this.#timer = setTimeout(() => this.#socket.resume(), PAUSE)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
