import { setTimeout } from 'node:timers/promises'
import type { LoopHistory } from '../../figures/event-loop'
import type { Arguments } from '../arguments'
import type { Context } from '../commands/context'
import type { Printable } from '../printable'
import { EXIT } from '../problem'
import { type Carrier, isRunning } from '../processes/carriers'
import { findCarriers } from '../processes/guarded'
import { pidsOf, processesTitle } from '../render/processes'
import { choose, listenedTo, type Opened } from './open'
import type { Notes } from './socket/socket-source'
import type { DeliverFigures, Ending, Source, WatchedRequests, Watcher } from './source'
import type { Way } from './via'

/**
 * The times between two looks for a process that takes the place of one that ended, and in all, in
 * milliseconds.
 */
const LOOK_AGAIN = 200
/** The time to look for a process while others still run, so that nobody waits. */
const LOOK_FOR_OTHERS = 1000
const PATIENCE = 10_000

type TopArguments = Arguments & { command: 'top' }

interface Watch {
  readonly wanted: WatchedRequests
  readonly watcher: Watcher
  end: () => void
}

/** Figures of processes, and of those that take their place when they are restarted. */
export class Follower implements Source {
  readonly ended: Promise<Ending>
  readonly #options: TopArguments
  readonly #way: Way
  readonly #deliver: DeliverFigures
  readonly #note: (text: string | undefined) => void
  /** The processes that were chosen: only what is like one of them takes a place. */
  readonly #chosen: readonly Carrier[]
  /** Processes that ran already and were not chosen. */
  readonly #others: Set<string>
  #carriers: Carrier[]
  #source: Source
  /** The requests that are watched, and how that is ended for the source of this moment. */
  readonly #watches = new Set<Watch>()
  #lost = 0
  #stopped = false
  #end: (ending: Ending | PromiseLike<Ending>) => void = () => {}

  /** @throws Problem when nothing can be traced as asked */
  static async open(
    options: TopArguments,
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
    options: TopArguments,
    way: Way,
    deliver: DeliverFigures,
    note: (text: string | undefined) => void
  ) {
    this.#options = options
    this.#way = way
    this.#deliver = deliver
    this.#note = note
    this.#carriers = carriers
    this.#chosen = carriers
    const chosen = new Set(carriers.map(identityOf))
    this.#others = new Set(
      findCarriers()
        .map(identityOf)
        .filter((identity) => !chosen.has(identity))
    )
    this.#source = way.figures(carriers, options, deliver)
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.ended.catch(() => {})
  }

  /** The title changes, as processes end and others take their place. */
  get title(): Printable {
    return processesTitle(listenedTo(this.#source, this.#carriers), isRunning)
  }

  describeLost(count: number): string {
    return this.#source.describeLost(count)
  }

  lost(): number {
    return this.#lost + this.#source.lost()
  }

  loops(): LoopHistory[] {
    return this.#source.loops?.() ?? []
  }

  /** Watches requests of whichever processes are followed at the time. */
  watch(wanted: WatchedRequests, watcher: Watcher): (() => void) | undefined {
    const end = this.#source.watch?.(wanted, watcher)
    if (end === undefined) return undefined
    const watch: Watch = { wanted, watcher, end }
    this.#watches.add(watch)
    return () => {
      this.#watches.delete(watch)
      watch.end()
    }
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
      // The command was asked to stop meanwhile, so nothing may be attached any more.
      if (this.#stopped) return ending
      this.#carriers = carriers
      this.#source = this.#way.figures(carriers, this.#options, this.#deliver)
      try {
        await this.#source.start()
      } catch (error) {
        // They ended before they were attached to, as under a supervisor in a hurry: others may follow them.
        if (this.#stopped || this.#alive().length > 0) throw error
        continue
      }
      for (const watch of this.#watches) this.#watchAgain(watch)
      this.#note(`${ending.message}; now ${pidsOf(listenedTo(this.#source, carriers))}`)
    }
  }

  #watchAgain(watch: Watch): void {
    watch.end()
    watch.end = this.#source.watch?.(watch.wanted, watch.watcher) ?? (() => {})
  }

  #alive(): Carrier[] {
    return this.#carriers.filter(isRunning)
  }

  /** Resolves when one of several has ended, and another has taken its place. */
  async #oneReplaced(): Promise<Ending> {
    const source = this.#source
    for (;;) {
      await setTimeout(LOOK_FOR_OTHERS, undefined, { ref: false })
      const gone = this.#carriers.filter((carrier) => !isRunning(carrier)).map(({ pid }) => pid)
      const isOver = this.#stopped || source !== this.#source
      const replaced = gone.length > 0 && gone.length < this.#carriers.length && this.#heirs().length > 0
      if (isOver || replaced) return { message: `process ${gone.join(', ')} ended`, exitCode: EXIT.ok }
    }
  }

  /** Processes that came later and are like one of ours, which is what supervisors start again. */
  #heirs(): Carrier[] {
    const known = new Set([...this.#others, ...this.#carriers.map(identityOf)])
    return findCarriers().filter(
      (carrier) =>
        !known.has(identityOf(carrier)) &&
        this.#way.takes(carrier) &&
        this.#chosen.some((chosen) => isSuccessor(carrier, chosen))
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

/** Tells a process from a later one with its pid. */
function identityOf({ pid, startTicks }: Carrier): string {
  return `${pid} ${startTicks}`
}

/**
 * Whether a process may take the place of one that ended: anybody can give a process any command line, but
 * not another's user. The addon may be another file at the same path, as after an update.
 */
export function isSuccessor(candidate: Carrier, ended: Carrier): boolean {
  return (
    candidate.userIds.join() === ended.userIds.join() &&
    candidate.program === ended.program &&
    candidate.command.join('\0') === ended.command.join('\0') &&
    haveOneAddon(candidate, ended)
  )
}

/** A process that has no addon, as without a native part, is like another that has none. */
function haveOneAddon(a: Carrier, b: Carrier): boolean {
  if (a.addons.length === 0 || b.addons.length === 0) return a.addons.length === b.addons.length
  return a.addons.some(({ path, inode }) =>
    b.addons.some((other) => other.inode === inode || other.path === path)
  )
}
