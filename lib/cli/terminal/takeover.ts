import type { Key } from './key-decoder'
import { onKeys } from './keys'
import { holdSentences, releaseSentences } from './output'
import type { Screen } from './screen'

interface Program {
  /** It is called with the keys that came together, one at least. */
  pressed(keys: readonly Key[]): void
  /** Nobody can press a key any more. */
  closed(): void
  /** The screen is empty, and has to be drawn again. */
  redraw(): void
}

/** The time after which a process that was asked to stop runs on, as where no shell could continue it. */
const NOT_STOPPED = 100

/**
 * Takes the whole terminal: its screen and its keys. Whoever stops the process, as Ctrl-Z does, gets the terminal as it
 * was before, and the process takes it once more when it goes on.
 */
export class Takeover {
  readonly #screen: Screen
  readonly #program: Program
  #endKeys = () => {}
  #timer: NodeJS.Timeout | undefined

  constructor(screen: Screen, program: Program) {
    this.#screen = screen
    this.#program = program
    process.on('SIGTSTP', this.#stop)
    process.on('SIGCONT', this.#goOn)
    this.#take()
  }

  /** Gives the terminal back, for good. */
  end(): void {
    clearTimeout(this.#timer)
    process.removeListener('SIGTSTP', this.#stop)
    process.removeListener('SIGCONT', this.#goOn)
    this.#giveBack()
  }

  #take(): void {
    holdSentences()
    this.#endKeys = onKeys(process.stdin, {
      pressed: (keys) => this.#pressed(keys),
      closed: this.#closed
    })
    this.#screen.open()
  }

  #giveBack(): void {
    this.#endKeys()
    this.#endKeys = () => {}
    this.#screen.close()
    releaseSentences()
  }

  #pressed(keys: readonly Key[]): void {
    const others = keys.filter(({ name }) => name !== 'ctrl-z')
    if (others.length > 0) this.#program.pressed(others)
    // As the terminal itself would, this stops all that the shell has started as one job.
    if (others.length < keys.length) process.kill(0, 'SIGTSTP')
  }

  /** One function for all times that the keys are taken, so that the terminal's end is told once. */
  readonly #closed = (): void => this.#program.closed()

  readonly #stop = (): void => {
    this.#giveBack()
    process.removeListener('SIGTSTP', this.#stop)
    process.kill(process.pid, 'SIGTSTP')
    this.#timer = setTimeout(this.#goOn, NOT_STOPPED)
  }

  /** The process may also have been stopped by SIGSTOP, which it does not hear of: a shell has then changed the terminal. */
  readonly #goOn = (): void => {
    clearTimeout(this.#timer)
    if (!process.listeners('SIGTSTP').includes(this.#stop)) process.on('SIGTSTP', this.#stop)
    this.#giveBack()
    this.#take()
    this.#program.redraw()
  }
}
