import { setTimeout } from 'node:timers/promises'
import type { Arguments } from '../arguments'
import type { Context } from '../commands/context'
import type { Printable } from '../printable'
import { EXIT } from '../problem'
import { type Carrier, findCarriers } from '../processes/carriers'
import { isAlive } from '../processes/proc'
import { pidsOf, titleOf } from '../render/processes'
import { choose, type Opened } from './open'
import type { Notes } from './socket/socket-source'
import type { DeliverFigures, Ending, Source } from './source'
import type { Way } from './way'

/** In milliseconds: how often a process that ended is looked for, and how long. */
const LOOK_AGAIN = 200
/** Where others still run, so that nobody waits. */
const LOOK_FOR_OTHERS = 1000
const PATIENCE = 10_000

type Options = Arguments & { command: 'top' }

/** Figures of processes, and of those that take their place when they are restarted. */
export class Follower implements Source {
  readonly ended: Promise<Ending>
  readonly #options: Options
  readonly #way: Way
  readonly #deliver: DeliverFigures
  readonly #note: (text: string | undefined) => void
  readonly #commands: Set<string>
  /** Processes that ran already and were not chosen. */
  readonly #others: Set<number>
  #carriers: Carrier[]
  #source: Source
  #lost = 0
  #stopped = false
  #end: (ending: Ending | PromiseLike<Ending>) => void = () => {}

  /** @throws Problem when nothing can be traced as asked */
  static async open(
    options: Options,
    context: Context,
    deliver: DeliverFigures,
    note: (text: string | undefined) => void,
    notes: Notes
  ): Promise<Opened> {
    const { carriers, way } = await choose(options, context, notes)
    const source = new Follower(carriers, options, way, deliver, note)
    return {
      source,
      get title() {
        return source.title
      }
    }
  }

  private constructor(
    carriers: Carrier[],
    options: Options,
    way: Way,
    deliver: DeliverFigures,
    note: (text: string | undefined) => void
  ) {
    this.#options = options
    this.#way = way
    this.#deliver = deliver
    this.#note = note
    this.#carriers = carriers
    this.#commands = new Set(carriers.map(commandKey))
    const chosen = new Set(carriers.map(({ pid }) => pid))
    this.#others = new Set(
      findCarriers()
        .map(({ pid }) => pid)
        .filter((pid) => !chosen.has(pid))
    )
    this.#source = way.figures(carriers, options, deliver)
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.ended.catch(() => {})
  }

  /** As it is now: processes end, and others take their place. */
  get title(): Printable {
    return titleOf(this.#carriers, ({ pid }) => isAlive(pid))
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
      const ending = await Promise.race([this.#source.ended, this.#oneReplaced()])
      if (this.#stopped) return ending
      if (this.#alive().length === 0) this.#note(`${ending.message}; waiting for it to start again`)
      const carriers = await this.#successors()
      if (carriers.length === 0) return ending
      await this.#source.stop()
      this.#lost += this.#source.lost()
      this.#carriers = carriers
      this.#source = this.#way.figures(carriers, this.#options, this.#deliver)
      await this.#source.start()
      this.#note(`${ending.message}; now ${pidsOf(carriers)}`)
    }
  }

  #alive(): Carrier[] {
    return this.#carriers.filter(({ pid }) => isAlive(pid))
  }

  /** Resolves when one of several has ended, and another has taken its place. */
  async #oneReplaced(): Promise<Ending> {
    const source = this.#source
    for (;;) {
      await setTimeout(LOOK_FOR_OTHERS, undefined, { ref: false })
      const gone = this.#carriers.filter(({ pid }) => !isAlive(pid)).map(({ pid }) => pid)
      const isOver = this.#stopped || source !== this.#source
      const replaced = gone.length > 0 && gone.length < this.#carriers.length && this.#heirs().length > 0
      if (isOver || replaced) return { message: `process ${gone.join(', ')} ended`, exitCode: EXIT.ok }
    }
  }

  /** Processes with the same command line as one of ours, which is what supervisors start again. */
  #heirs(): Carrier[] {
    const known = new Set([...this.#others, ...this.#carriers.map(({ pid }) => pid)])
    return findCarriers().filter(
      (carrier) =>
        this.#commands.has(commandKey(carrier)) && !known.has(carrier.pid) && this.#way.takes(carrier)
    )
  }

  async #successors(): Promise<Carrier[]> {
    const deadline = Date.now() + PATIENCE
    while (!this.#stopped && Date.now() < deadline) {
      const heirs = this.#heirs()
      if (heirs.length > 0) return [...this.#alive(), ...heirs]
      await setTimeout(LOOK_AGAIN)
    }
    return []
  }
}

function commandKey({ command }: Carrier): string {
  return command.join('\0')
}
