import { setTimeout } from 'node:timers/promises'
import { EXIT, Problem } from '../../problem'
import { HEARTBEAT_LINE, type Script } from '../../scripts/clauses'
import type { Ending, Source } from '../source'
import { Bpftrace } from './bpftrace'
import type { Message } from './message'
import type { Release } from './release'
import type { Target } from './target'

/** The times between two looks, and the longest waits, in milliseconds. */
const LOOK_AGAIN = 20
const LOOK_FOR_END = 250
const ATTACH_TIMEOUT = 60_000
const MAX_WAIT = 2000

/**
 * The messages that suffice where memory can't be read, or other tracers come and go: its
 * greeting, and what it says every second, twice.
 */
const ENOUGH_MESSAGES = 3

/** bpftrace on some processes, until it is stopped or the last of them ends. */
export abstract class Attachment implements Source {
  readonly ended: Promise<Ending>
  readonly #target: Target
  readonly #probes: number
  readonly #bpftrace: Bpftrace
  readonly #attachPoints: number
  #messages = 0
  /** The number of probes that bpftrace says it attaches to. */
  #attached: number | undefined
  #beats = 0
  #watch: NodeJS.Timeout | undefined
  #stopping: Promise<void> | undefined
  #end: (ending: Ending) => void = () => {}
  #fail: (error: Error) => void = () => {}

  /** @param probes - how many probes the script attaches to */
  constructor(target: Target, probes: number, script: Script, release: Release) {
    this.#target = target
    this.#probes = probes
    this.#attachPoints = attachPointsIn(script.text)
    this.ended = new Promise((resolve, reject) => {
      this.#end = resolve
      this.#fail = reject
    })
    // This is told to whoever waits for the end, and nobody does while it starts.
    this.ended.catch(() => {})
    this.#bpftrace = new Bpftrace(script, target.pid, release, (message) => {
      this.#messages++
      if (message.type === 'attached_probes') this.#attached = message.data.probes
      if (message.type !== 'printf' || message.data !== HEARTBEAT_LINE) return this.receive(message)
      this.#beats++
      this.beat()
    })
    void this.#bpftrace.closed.then(() => this.#closed())
  }

  protected abstract receive(message: Message): void

  /** It is called when all that was told before the last call has been received, from every CPU. */
  protected beat(): void {}

  abstract describeLost(count: number): string

  lost(): number {
    return this.#bpftrace.lost
  }

  incomplete(): string | undefined {
    if (this.#bpftrace.killed) return 'bpftrace was killed before it could tell all that it had counted'
    if (!this.#bpftrace.full) return undefined
    const { mapKeys } = this.#bpftrace.release
    return `not everything was counted: there was no room for so many routes, handlers or requests at a time. Set ${mapKeys} above ${this.#bpftrace.mapKeys}`
  }

  async start(): Promise<void> {
    const deadline = Date.now() + ATTACH_TIMEOUT
    while (!this.#isAttached()) {
      if (!this.#bpftrace.running) {
        await this.#bpftrace.closed
        throw this.#bpftrace.failure() ?? new Problem('the process ended before it could be traced')
      }
      if (Date.now() > deadline) {
        await this.stop()
        throw new Problem('bpftrace did not attach within a minute')
      }
      await setTimeout(LOOK_AGAIN)
    }
    await this.#checkAttached()
    this.#watch = setInterval(() => {
      if (this.#target.isOver) this.#end({ message: this.#endMessage(), exitCode: EXIT.ok })
    }, LOOK_FOR_END)
  }

  /**
   * Stops once, however often it is asked to: a second signal would end bpftrace before it has told what it
   * counted.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    if (this.#watch !== undefined && this.#bpftrace.running) await this.#caughtUp()
    clearInterval(this.#watch)
    await this.#bpftrace.stop()
    this.#target.close()
  }

  /**
   * bpftrace 0.17 drops, when it is interrupted, what it has not read yet: at most what came since the
   * last beat but one.
   */
  async #caughtUp(): Promise<void> {
    const enough = this.#beats + 2
    for (let waited = 0; this.#beats < enough && waited < MAX_WAIT; waited += LOOK_AGAIN)
      await setTimeout(LOOK_AGAIN)
  }

  #isAttached(): boolean {
    const enabled = this.#target.attached(this.#probes) === true && this.#attached !== undefined
    return enabled || this.#messages >= ENOUGH_MESSAGES
  }

  /** A probe that is attached to twice would be counted twice. */
  async #checkAttached(): Promise<void> {
    if (this.#attached === undefined || this.#attached === this.#attachPoints) return
    await this.stop()
    throw new Problem(
      `bpftrace ${this.#bpftrace.release.version} attached to ${this.#attached} probes instead of ${this.#attachPoints}: its figures would be wrong`,
      [
        'Please report it, with what bpftrace --version says.',
        'Without bpftrace, this works: restify-probes latency -- node app.js'
      ]
    )
  }

  #closed(): void {
    const failure = this.#bpftrace.failure()
    if (failure !== undefined && !this.#target.isOver) this.#fail(failure)
    else this.#end({ message: this.#endMessage(), exitCode: EXIT.ok })
  }

  #endMessage(): string {
    const pids = this.#target.carriers.map(({ pid }) => pid)
    return pids.length === 1 ? `process ${pids[0]} ended` : `processes ${pids.join(', ')} ended`
  }
}

/** The number of probes that a script is to attach to: a line each. */
function attachPointsIn(text: string): number {
  return text.match(/^(?:usdt:|interval:|BEGIN$|END$)/gm)?.length ?? 0
}
