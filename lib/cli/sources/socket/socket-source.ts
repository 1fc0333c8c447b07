import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, type Ask, BEAT } from '../../../aggregate/protocol'
import type { LoopHistory } from '../../../figures/event-loop'
import { EXIT, Problem } from '../../problem'
import type { Carrier } from '../../processes/carriers'
import { isAlive, isStopped } from '../../processes/proc'
import type { Ending, Source } from '../source'
import { grownLoop } from '../told-loop'
import { type Bounds, Client } from './client'
import { readAnswer } from './reading'

/** The time, in milliseconds, by which an answer is late when the event loop is said to be blocked. */
const LATE = 1000
const LOOK = 250
/** The time that a process has to send its last figures. */
const LAST_WORDS = 2000
/** The time that a process which closed the connection has to end. */
const ENDING = 500

/** Takes what is to be said while it listens. */
export interface Notes {
  /** It is called about once a second as long as a process does not answer. */
  silent(text: string, isFirst: boolean): void
  /** It is called when the process answers again. */
  answered(text: string): void
}

/** One socket that is listened to. */
export interface Thread {
  readonly pid: number
  readonly client: Client
  state: 'greeting' | 'asked' | 'listening' | 'ended' | 'closed'
  /** The thread's event loop, from the first second on. */
  loop: LoopHistory | undefined
}

/** Listens to processes through the sockets that they offer: one of each thread. */
export abstract class SocketSource implements Source {
  readonly ended: Promise<Ending>
  protected readonly threads: Thread[] = []
  readonly #carriers: readonly Carrier[]
  readonly #notes: Notes
  readonly #bounds: Bounds | undefined
  readonly #silences = new Map<Thread, number>()
  #lost = 0
  #problem: Problem | undefined
  #unheard: number[] = []
  protected stopping = false
  #watch: NodeJS.Timeout | undefined
  #changed = () => {}
  #end: (ending: Ending) => void = () => {}
  #fail: (problem: Problem) => void = () => {}

  /** @param bounds - how much of what they tell is taken; all of it unless given */
  constructor(carriers: readonly Carrier[], notes: Notes, bounds?: Bounds) {
    this.#carriers = carriers
    this.#notes = notes
    this.#bounds = bounds
    this.ended = new Promise((resolve, reject) => {
      this.#end = resolve
      this.#fail = reject
    })
    this.ended.catch(() => {})
  }

  /** The command's order to each process. */
  protected abstract ask(): Ask extends infer One ? (One extends Ask ? Omit<One, 'protocol'> : never) : never

  /**
   * Takes what a thread told. Of the line, only what the answer has was checked.
   *
   * @throws Malformed for what can't be
   */
  protected abstract told(thread: Thread, answer: Answer, line: unknown): void

  get #wantsMoments(): boolean {
    const ask = this.ask()
    return ask.ask === 'requests' && ask.moments
  }

  /** Gives the event loops of the threads that have told of theirs. */
  loops(): LoopHistory[] {
    return this.threads.flatMap(({ loop }) => loop ?? [])
  }

  describeLost(count: number): string {
    return `${count} requests are missing: the process had more to tell than could be read (latency and top miss none)`
  }

  lost(): number {
    return this.#lost
  }

  incomplete(): string | undefined {
    if (this.#unheard.length === 0) return undefined
    return `the last counts of ${this.#unheard.map((pid) => `process ${pid}`).join(', ')} are missing: it did not answer at the end`
  }

  async start(): Promise<void> {
    this.#watch = setInterval(() => this.#look(), LOOK)
    for (const { pid, sockets } of this.#carriers) {
      for (const offered of sockets) {
        const thread: Thread = {
          pid,
          state: 'greeting',
          loop: undefined,
          client: new Client(
            pid,
            offered,
            {
              told: (line) => this.#told(thread, line),
              closed: (problem) => this.#closed(thread, problem)
            },
            this.#bounds
          )
        }
        this.threads.push(thread)
        void thread.client.greeted().then(
          () => {
            thread.state = 'asked'
            thread.client.ask(this.ask())
          },
          (problem: Problem) => this.#closed(thread, problem)
        )
      }
    }
    await this.#until(() => this.threads.every(({ state }) => state === 'listening' || state === 'closed'))
    if (!this.stopping && this.threads.every(({ state }) => state === 'closed'))
      throw this.#problem ?? new Problem('the process ended before it could be listened to')
  }

  async stop(): Promise<void> {
    if (this.stopping) return
    this.stopping = true
    clearInterval(this.#watch)
    for (const { state, client } of this.threads) if (state === 'listening') client.ask({ ask: 'end' })
    const over = () => this.threads.every(({ state }) => state !== 'listening')
    await Promise.race([this.#until(over), delay(LAST_WORDS, undefined, { ref: false })])
    this.#unheard = [
      ...new Set(this.threads.filter(({ state }) => state === 'listening').map(({ pid }) => pid))
    ]
    for (const { client } of this.threads) client.close()
  }

  /** Resolves once something is so, which is looked at whenever anything was told. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }

  #told(thread: Thread, line: unknown): void {
    const answer = readAnswer(line)
    this.#heard(thread)
    if (answer.refused !== undefined) {
      this.#problem = new Problem(`process ${thread.pid} refuses: ${answer.refused}`)
      thread.client.close()
    }
    if (answer.listening) thread.state = 'listening'
    if (answer.beat !== undefined) {
      const { pid, client, loop } = thread
      const { stalls: _stalls, collections: _collections, ...figures } = answer.beat
      // Whoever did not ask for moments has no use for them.
      const beat = this.#wantsMoments ? answer.beat : figures
      thread.loop = grownLoop(loop, { pid, thread: client.greeting?.thread ?? 0 }, beat)
      this.#lost += answer.beat.lost
    }
    this.told(thread, answer, line)
    if (answer.ended) thread.state = 'ended'
    this.#changed()
  }

  #closed(thread: Thread, problem: Problem | undefined): void {
    if (thread.state === 'closed') return
    if (thread.state !== 'ended') thread.state = 'closed'
    this.#problem ??= problem
    this.#changed()
    if (!this.stopping && this.threads.every(({ state }) => state === 'closed')) void this.#over()
  }

  async #over(): Promise<void> {
    const pids = [...new Set(this.threads.map(({ pid }) => pid))]
    if (this.#problem !== undefined) return this.#fail(this.#problem)
    for (let waited = 0; waited < ENDING && pids.some(isAlive); waited += 50) await delay(50)
    const names = pids.length === 1 ? `process ${pids[0]}` : `processes ${pids.join(', ')}`
    if (pids.some(isAlive)) this.#end({ message: `${names} closed the connection`, exitCode: EXIT.failure })
    else this.#end({ message: `${names} ended`, exitCode: EXIT.ok })
  }

  #look(): void {
    for (const thread of this.threads) {
      const { pid, state, client } = thread
      if (state === 'closed' || state === 'ended') continue
      // A process that listens tells something once a second of its own accord.
      const silence = client.silence() - (state === 'listening' ? BEAT : 0)
      if (silence < LATE) continue
      const seconds = Math.floor(client.silence() / 1000)
      if (this.#silences.get(thread) === seconds) continue
      const isFirst = !this.#silences.has(thread)
      this.#silences.set(thread, seconds)
      this.#notes.silent(
        isStopped(pid)
          ? `process ${pid} is stopped, as by Ctrl-Z: it tells nothing`
          : `process ${pid} has not answered for ${seconds} s: its event loop is blocked. --via kernel shows by which handler`,
        isFirst
      )
    }
  }

  #heard(thread: Thread): void {
    const seconds = this.#silences.get(thread)
    if (seconds === undefined) return
    this.#silences.delete(thread)
    this.#notes.answered(`process ${thread.pid} answers again, after ${seconds} s`)
  }
}
