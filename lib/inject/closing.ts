import type { Offer } from '../aggregate/socket/offer'

/**
 * The time in milliseconds after which the inspector is closed although no command has said that it can be.
 */
const UNTOLD = 10_000

/**
 * Closes the inspector that was opened for an injection, when the command says, by the process's socket, that it is
 * connected to the inspector no more. Node must not close it before: where both sides close a connection at the same
 * time, Node uses memory that it has freed. A command that was killed says nothing, and is not waited for.
 */
export class InspectorClosing {
  readonly #offer: Offer
  #timer: NodeJS.Timeout | undefined

  constructor(offer: Offer) {
    this.#offer = offer
  }

  get pending(): boolean {
    return this.#timer !== undefined
  }

  begin(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#close, UNTOLD)
    this.#timer.unref()
    this.#offer.onInspected = this.#close
  }

  readonly #close = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#offer.onInspected = () => {}
    // Does what inspector.close() does, by the name that every Node has had.
    ;(process as unknown as { _debugEnd(): void })._debugEnd()
  }
}
