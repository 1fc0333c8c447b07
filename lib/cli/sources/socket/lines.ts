import { MAX_ANSWER } from '../../../aggregate/protocol'
import { Malformed } from '../checked-json'
import { type Memory, NoRoom } from './memory'

/** A process may send one character at a time, and each piece takes memory of its own. */
const MANY = 1000

/** Puts the lines together that come in pieces, without looking at any piece twice. */
export class Lines {
  readonly #memory: Memory
  /** The pieces of a line whose end has not come. */
  #pieces: string[] = []
  #length = 0

  constructor(memory: Memory) {
    this.#memory = memory
  }

  /**
   * The lines that end in this piece.
   *
   * @throws Malformed for a line that is longer than any process's
   * @throws NoRoom when its memory is used up
   */
  *add(piece: string): Iterable<string> {
    let begin = 0
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', begin)) {
      const line = this.#pieces.join('') + piece.slice(begin, end)
      this.forget()
      begin = end + 1
      yield line
    }
    const rest = piece.slice(begin)
    if (rest === '') return
    if (this.#length + rest.length > MAX_ANSWER) throw new Malformed()
    if (!this.#memory.take(rest.length)) throw new NoRoom()
    this.#length += rest.length
    this.#pieces.push(rest)
    if (this.#pieces.length >= MANY) this.#pieces = [this.#pieces.join('')]
  }

  /** Drops what has not ended. */
  forget(): void {
    this.#memory.giveBack(this.#length)
    this.#pieces = []
    this.#length = 0
  }
}
