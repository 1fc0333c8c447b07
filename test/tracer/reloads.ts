// Reloads an app again and again under top, and kills top at times. After each reload, top's figures must move with the
// new workers; once top is gone, nothing of it may be left, neither a bpftrace nor a probe that is attached to:
//   node build/test/tracer/reloads.js --reloads 100 [--seed S] [--pm2 node_modules/.bin/pm2]
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Command, objects, run } from '../support/cli'
import { MARK, marked } from '../support/marked'
import { randomFrom } from '../support/random'
import { loadPort } from '../support/shop'
import { type Reloadable, startReloadable } from './reloadable'

/** The time for top to be attached to all that has been started anew, and for what is left to notice its end. */
const PATIENCE = 20_000
/** The longest time, in milliseconds, from one event to the next: more than to attach, or to replace a worker. */
const LONGEST_PAUSE = 1500
const REQUESTS = 50
/** The parts of the reloads in which top is killed, and which another reload follows at once. */
const KILLED = 0.3
const IMPATIENT = 0.2

export interface Outcome {
  reloads: number
  /** The number of reloads that top was seen to follow, by figures of the new workers. */
  followed: number
  killed: number
  /** The number of times that top said that the processes are gone, and ended. */
  ended: number
  /** The longest time from a reload until the new workers' figures were shown, in milliseconds. */
  slowest: number
}

/**
 * Reloads an app so many times, at moments that a seed gives.
 *
 * @throws Error if figures stand still, top ends for no reason, or anything is left of it
 */
export async function reloadUnderTop(app: Reloadable, reloads: number, seed = 1): Promise<Outcome> {
  const random = randomFrom(seed)
  const outcome: Outcome = { reloads, followed: 0, killed: 0, ended: 0, slowest: 0 }
  let watching: Watching | undefined
  try {
    for (let done = 0; done < reloads; done++) {
      watching ??= new Watching(app, done)
      await setTimeout(random() * LONGEST_PAUSE)
      const reloading = app.reload()
      if (random() < KILLED) {
        await setTimeout(random() * LONGEST_PAUSE)
        await watching.kill()
        await reloading
        await nothingIsLeft(app, watching)
        watching = undefined
        outcome.killed++
        continue
      }
      await reloading
      if (random() < IMPATIENT && done < reloads - 1) continue
      const began = Date.now()
      if (await watching.moves()) {
        outcome.followed++
        outcome.slowest = Math.max(outcome.slowest, Date.now() - began)
      } else {
        await nothingIsLeft(app, watching)
        watching = undefined
        outcome.ended++
      }
    }
    if (watching !== undefined) {
      await watching.command.end('SIGINT')
      await nothingIsLeft(app, watching)
    }
    return outcome
  } finally {
    watching?.command.process.kill('SIGKILL')
    await app.stop()
  }
}

/** Top on an app: now by the kernel, now by sockets, and on processes that are chosen in different ways. */
class Watching {
  readonly command: Command
  readonly mark: string
  readonly #app: Reloadable

  constructor(app: Reloadable, number: number) {
    this.#app = app
    this.mark = `reloads-${process.pid}-${number}`
    const choice =
      number % 3 === 0 ? ['--all'] : ['-p', number % 3 === 1 ? String(app.primary) : app.pids.join()]
    const via = Math.floor(number / 3) % 2 === 0 ? 'kernel' : 'process'
    this.command = new Command(['top', ...choice, '--via', via, '--json'], {
      env: { ...process.env, [MARK]: this.mark }
    })
  }

  async kill(): Promise<void> {
    await this.command.end('SIGKILL')
  }

  /**
   * Resolves once it shows requests that only the new workers have answered; with false if it has said that the processes
   * are gone, and ended.
   */
  async moves(): Promise<boolean> {
    const began = Date.now()
    do {
      await loadPort(this.#app.port, REQUESTS)
      await setTimeout(100)
      if (this.#shows(began)) return true
      if (this.command.process.exitCode !== null && this.#saysWhy()) return false
    } while (Date.now() < began + PATIENCE)
    throw new Error(
      `top's figures do not move: ${this.command.stdout.slice(-500)}\n${this.command.stderr.slice(-2000)}`
    )
  }

  /** Whether it has told of requests in a second that began later than this. */
  #shows(laterThan: number): boolean {
    const complete = this.command.stdout.slice(0, this.command.stdout.lastIndexOf('\n') + 1)
    return objects<{ type: string; time: string; intervalNs: number; requestsPerSecond: number }>(complete)
      .filter(({ type }) => type === 'rates')
      .some(
        ({ time, intervalNs, requestsPerSecond }) =>
          Date.parse(time) - intervalNs / 1e6 > laterThan && requestsPerSecond > 0
      )
  }

  #saysWhy(): boolean {
    return /ended|there is no process|any more|does not carry the provider|no process/.test(
      this.command.stderr
    )
  }
}

/** @throws Error if anything of an ended top still runs, or a new worker is still attached to */
async function nothingIsLeft(app: Reloadable, { mark, command }: Watching): Promise<void> {
  const deadline = Date.now() + PATIENCE
  for (;;) {
    const left = marked(mark)
    const attached = await attachedOf(app.pids)
    if (left.length === 0 && attached.length === 0) return
    if (Date.now() > deadline)
      throw new Error(
        `left of top ${command.process.pid}: ${JSON.stringify(left)}; attached to: ${attached.join(', ')}; ${command.stderr.slice(-2000)}`
      )
    await setTimeout(100)
  }
}

/** Those of these processes of which `list` says that they are attached to. */
async function attachedOf(pids: readonly number[]): Promise<number[]> {
  const { stdout } = await run(['list', '--json'])
  return objects<{ pid: number; attached: boolean }>(stdout)
    .filter(({ pid, attached }) => attached && pids.includes(pid))
    .map(({ pid }) => pid)
}

if (require.main === module) {
  const { values } = parseArgs({
    options: { reloads: { type: 'string' }, seed: { type: 'string' }, pm2: { type: 'string' } }
  })
  const began = Date.now()
  const print = ({ reloads, followed, killed, ended, slowest }: Outcome) => {
    console.log(
      `${reloads} reloads in ${Math.round((Date.now() - began) / 1000)} s: followed ${followed} times, in ${slowest} ms at most; killed ${killed} times, ended by itself ${ended} times; nothing was left`
    )
  }
  startReloadable(values.pm2)
    .then((app) => reloadUnderTop(app, Number(values.reloads ?? 20), Number(values.seed ?? 1)))
    .then(print, (error: Error) => {
      console.error(error)
      process.exitCode = 1
    })
}
