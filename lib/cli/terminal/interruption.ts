import os from 'node:os'
import { EXIT, Problem } from '../problem'
import { leave } from './leave'

export interface Cause {
  exitCode: number
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What ends a command from outside: a signal, a reader of its output that has gone, or a key. */
export class Interruption {
  readonly happened: Promise<Cause>
  #interrupt: (cause: Cause) => void = () => {}
  #interrupted = false
  /** What was printed could not be written. */
  problem: Problem | undefined

  constructor() {
    this.happened = new Promise((resolve) => {
      this.#interrupt = resolve
    })
    for (const signal of SIGNALS) process.on(signal, () => this.#signalled(signal))
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EPIPE' || error.code === 'EIO') this.end()
        else this.#notWritten(error)
      })
    }
  }

  /** As when the user has seen enough. */
  end(): void {
    this.#interrupted = true
    this.#interrupt({ exitCode: EXIT.ok })
  }

  /** As to a disk that is full. */
  #notWritten({ message }: Error): void {
    this.problem ??= new Problem(`what was to be printed could not be written: ${message}`)
    this.#interrupted = true
    this.#interrupt({ exitCode: EXIT.failure })
  }

  #signalled(signal: (typeof SIGNALS)[number]): void {
    const exitCode = 128 + os.constants.signals[signal]
    // Asked again, it ends at once; what is attached is let go of as the process exits.
    if (this.#interrupted) leave(exitCode)
    this.#interrupted = true
    // Ctrl-C is how these commands are meant to end.
    this.#interrupt({ exitCode: signal === 'SIGINT' ? EXIT.ok : exitCode })
  }
}
