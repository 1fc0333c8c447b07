import os from 'node:os'
import { EXIT, Problem } from '../problem'
import { leave } from './leave'

export interface InterruptionCause {
  exitCode: number
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The end of a command from outside: by a signal, by a key, or because the reader of its output has gone. */
export class Interruption {
  readonly happened: Promise<InterruptionCause>
  #interrupt: (cause: InterruptionCause) => void = () => {}
  #interrupted = false
  /** The reason why output could not be written. */
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

  /** Ends the command as if the user had seen enough. */
  end(): void {
    this.#interrupted = true
    this.#interrupt({ exitCode: EXIT.ok })
  }

  /** Ends the command because nothing can be written, as to a disk that is full. */
  #notWritten({ message }: Error): void {
    this.problem ??= new Problem(`the output could not be written: ${message}`)
    this.#interrupted = true
    this.#interrupt({ exitCode: EXIT.failure })
  }

  #signalled(signal: (typeof SIGNALS)[number]): void {
    const exitCode = 128 + os.constants.signals[signal]
    // A second signal ends it at once; what is attached is let go of as the process exits.
    if (this.#interrupted) leave(exitCode)
    this.#interrupted = true
    // Ctrl-C is how these commands are meant to end.
    this.#interrupt({ exitCode: signal === 'SIGINT' ? EXIT.ok : exitCode })
  }
}
