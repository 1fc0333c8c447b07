import { setTimeout } from 'node:timers/promises'
import type { Arguments } from '../arguments'
import type { DeliverFigures, Ending, Source } from '../figures/source'
import { type Carrier, findCarriers } from '../processes/carriers'
import type { Release } from '../tracing/release'
import type { Context } from './context'
import { attachFigures, chooseTraced, type Opened, titleOf } from './sources'

/** In milliseconds: how often a process that ended is looked for, and how long. */
const LOOK_AGAIN = 200
const PATIENCE = 10_000

type Options = Arguments & { command: 'top' }

/** Figures of processes, and of those that take their place when they are restarted. */
export class Follower implements Source {
  readonly ended: Promise<Ending>
  readonly #options: Options
  readonly #release: Release
  readonly #deliver: DeliverFigures
  readonly #note: (text: string | undefined) => void
  readonly #commands: Set<string>
  #source: Source
  #lost = 0
  #stopped = false
  #end: (ending: Ending | PromiseLike<Ending>) => void = () => {}

  /** @throws Problem when nothing can be traced as asked */
  static open(
    options: Options,
    context: Context,
    deliver: DeliverFigures,
    note: (text: string | undefined) => void
  ): Opened {
    const { carriers, release } = chooseTraced(options, context)
    return { source: new Follower(carriers, options, release, deliver, note), title: titleOf(carriers) }
  }

  private constructor(
    carriers: Carrier[],
    options: Options,
    release: Release,
    deliver: DeliverFigures,
    note: (text: string | undefined) => void
  ) {
    this.#options = options
    this.#release = release
    this.#deliver = deliver
    this.#note = note
    this.#commands = new Set(carriers.map(commandKey))
    this.#source = attachFigures(carriers, options, release, deliver)
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.ended.catch(() => {})
  }

  lost(): number {
    return this.#lost + this.#source.lost()
  }

  incomplete(): string | undefined {
    return this.#source.incomplete()
  }

  async start(): Promise<void> {
    await this.#source.start()
    this.#end(this.#follow())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#source.stop()
  }

  async #follow(): Promise<Ending> {
    for (;;) {
      const ending = await this.#source.ended
      if (this.#stopped) return ending
      this.#note(`${ending.message}; waiting for it to start again`)
      await this.#source.stop()
      const carriers = await this.#successors()
      if (carriers.length === 0) return ending
      this.#lost += this.#source.lost()
      this.#source = attachFigures(carriers, this.#options, this.#release, this.#deliver)
      await this.#source.start()
      this.#note(`${ending.message}; now ${titleOf(carriers)}`)
    }
  }

  /** Processes with the same command line, which is what supervisors start again. */
  async #successors(): Promise<Carrier[]> {
    const deadline = Date.now() + PATIENCE
    while (!this.#stopped && Date.now() < deadline) {
      const found = findCarriers().filter((carrier) => this.#commands.has(commandKey(carrier)))
      if (found.length > 0) return found
      await setTimeout(LOOK_AGAIN)
    }
    return []
  }
}

function commandKey({ command }: Carrier): string {
  return command.join('\0')
}
