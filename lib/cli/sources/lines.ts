import { Malformed } from './checked-json'
import { type Memory, NoRoom, UNLIMITED } from './memory'

/** A sender may send one character at a time, and each piece takes memory of its own. */
const MANY = 1000

/** Puts lines together from the pieces in which they arrive, and bounds what waits for its end. */
export class Lines {
  /** The pieces of a line whose end has not come. */
  #pieces: string[] = []
  #length = 0

  /**
   * @param longest - in characters
   * @param memory - for a line whose end has not come
   */
  constructor(
    private readonly longest: number,
    private readonly receive: (line: string) => void,
    private readonly memory: Memory = UNLIMITED
  ) {}

  /**
   * @throws Malformed for a line that is too long, or what its receiver throws
   * @throws NoRoom when its memory is used up
   */
  push(piece: string): void {
    let begin = 0
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', begin)) {
      this.#check(this.#length + end - begin)
      const line = this.#pieces.join('') + piece.slice(begin, end)
      this.forget()
      begin = end + 1
      this.receive(line)
    }
    this.#keep(piece.slice(begin))
  }

  /** Drops the line whose end has not come. */
  forget(): void {
    this.memory.giveBack(this.#length)
    this.#pieces = []
    this.#length = 0
  }

  #keep(piece: string): void {
    if (piece === '') return
    this.#check(this.#length + piece.length)
    if (!this.memory.take(piece.length)) throw new NoRoom()
    this.#length += piece.length
    this.#pieces.push(piece)
    if (this.#pieces.length >= MANY) this.#pieces = [this.#pieces.join('')]
  }

  #check(length: number): void {
    if (length > this.longest) throw new Malformed()
  }
}
