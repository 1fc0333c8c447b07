import { writeSync } from 'node:fs'
import type { Printable } from '../printable'

/** Another screen, no cursor, and pastes that are marked as such. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[H'
const LEAVE = '\x1b[?2004l\x1b[?25h\x1b[?1049l'
const TO_START = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

type Terminal = NodeJS.WriteStream & { fd: number }

/** The whole terminal, given back as it was however the process ends. */
export class Screen {
  readonly #stream: Terminal
  #open = false

  /** @param resized - called when the terminal has another size */
  constructor(stream: Terminal, resized: () => void) {
    this.#stream = stream
    stream.on('resize', resized)
  }

  get width(): number {
    return this.#stream.columns || 80
  }

  get height(): number {
    return this.#stream.rows || 24
  }

  open(): void {
    this.#open = true
    process.once('exit', this.close)
    this.#stream.write(ENTER)
  }

  /** Puts these lines there, from the top; the rest is empty. */
  draw(lines: readonly Printable[]): void {
    if (!this.#open) return
    const shown = lines.slice(0, this.height)
    // All is written in one piece, and without clearing first, so that nothing flickers.
    this.#stream.write(`${TO_START}${shown.join(`${CLEAR_LINE}\r\n`)}${CLEAR_LINE}${CLEAR_BELOW}`)
  }

  readonly close = (): void => {
    if (!this.#open) return
    this.#open = false
    process.removeListener('exit', this.close)
    try {
      // At an exit there is no time for anything else.
      writeSync(this.#stream.fd, LEAVE)
    } catch {}
  }
}
