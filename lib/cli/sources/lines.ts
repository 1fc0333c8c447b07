import { Malformed } from './checked-json'

/** Puts lines together from the pieces in which they arrive, and bounds what waits for its end. */
export class Lines {
  #rest = ''

  /** @param longest - in characters */
  constructor(
    private readonly longest: number,
    private readonly receive: (line: string) => void
  ) {}

  /** @throws Malformed for a line that is too long, or what its receiver throws */
  push(piece: string): void {
    const lines = piece.split('\n')
    // A piece without an end of line is the line's next part.
    const last = lines.pop() as string
    for (const line of lines) {
      const whole = this.#rest + line
      this.#rest = ''
      this.#check(whole)
      this.receive(whole)
    }
    this.#rest += last
    this.#check(this.#rest)
  }

  #check({ length }: string): void {
    if (length > this.longest) throw new Malformed()
  }
}
