import { setTimeout } from 'node:timers/promises'
import { EXIT, Problem } from '../../problem'
import { BEAT } from '../../scripts/clauses'
import type { Ending, Source } from '../source'
import { Bpftrace, type Message } from './bpftrace'
import type { Release } from './release'
import type { Target } from './target'

/** In milliseconds. */
const LOOK_AGAIN = 20
const LOOK_FOR_END = 250
const ATTACH_TIMEOUT = 60_000
const MAX_WAIT = 2000

/** Where memory can't be read, or other tracers come and go: its greeting, and what it says every second, twice. */
const ENOUGH_MESSAGES = 3

/** bpftrace on some processes, until it is stopped or the last of them ends. */
export abstract class Attachment implements Source {
  readonly ended: Promise<Ending>
  readonly #target: Target
  readonly #probes: number
  readonly #bpftrace: Bpftrace
  #messages = 0
  #beats = 0
  #watch: NodeJS.Timeout | undefined
  #end: (ending: Ending) => void = () => {}
  #fail: (error: Error) => void = () => {}

  /** @param probes - how many probes the script attaches to */
  constructor(target: Target, probes: number, script: string, release: Release) {
    this.#target = target
    this.#probes = probes
    this.ended = new Promise((resolve, reject) => {
      this.#end = resolve
      this.#fail = reject
    })
    // Told to whoever waits for the end; nobody does while it starts.
    this.ended.catch(() => {})
    this.#bpftrace = new Bpftrace(script, target.pid, release, (message) => {
      this.#messages++
      if (message.type !== 'printf' || message.data !== BEAT) return this.receive(message)
      this.#beats++
      this.beat()
    })
    process.once('exit', this.#killed)
    void this.#bpftrace.closed.then(() => this.#closed())
  }

  protected abstract receive(message: Message): void

  /** Called when all that was told before the last call has been received, from every CPU. */
  protected beat(): void {}

  lost(): number {
    return this.#bpftrace.lost
  }

  incomplete(): string | undefined {
    if (this.#bpftrace.killed) return 'bpftrace was killed before it could tell all that it had counted'
    if (!this.#bpftrace.full) return undefined
    const { mapKeys } = this.#bpftrace.release
    return `not everything was counted: more routes, handlers or requests at a time than there was room for. Set ${mapKeys} above ${this.#bpftrace.mapKeys}`
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
    this.#watch = setInterval(() => {
      if (this.#target.alive().length === 0) this.#end({ message: this.#endMessage(), exitCode: EXIT.ok })
    }, LOOK_FOR_END)
  }

  async stop(): Promise<void> {
    if (this.#watch !== undefined && this.#bpftrace.running) await this.#caughtUp()
    clearInterval(this.#watch)
    await this.#bpftrace.stop()
    process.removeListener('exit', this.#killed)
  }

  /** bpftrace 0.17 drops, when it is interrupted, what it has not read yet: at most what came since the last beat but one. */
  async #caughtUp(): Promise<void> {
    const enough = this.#beats + 2
    for (let waited = 0; this.#beats < enough && waited < MAX_WAIT; waited += LOOK_AGAIN)
      await setTimeout(LOOK_AGAIN)
  }

  /** bpftrace itself reports before it attaches. */
  #isAttached(): boolean {
    return this.#target.attached(this.#probes) === true || this.#messages >= ENOUGH_MESSAGES
  }

  /** It must not outlive us, whatever ends us. */
  readonly #killed = () => this.#bpftrace.kill()

  #closed(): void {
    const failure = this.#bpftrace.failure()
    if (failure !== undefined && this.#target.alive().length > 0) this.#fail(failure)
    else this.#end({ message: this.#endMessage(), exitCode: EXIT.ok })
  }

  #endMessage(): string {
    const pids = this.#target.carriers.map(({ pid }) => pid)
    return pids.length === 1 ? `process ${pids[0]} ended` : `processes ${pids.join(', ')} ended`
  }
}
