import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../../problem'
import { HEARTBEAT_LINE, type Script } from '../../scripts/clauses'
import { Malformed } from '../checked-json'
import { Lines } from '../lines'
import { failureOf } from './failure'
import { type Message, parseMessage } from './message'
import type { Release } from './release'
import { letGo, onLeash } from './watchdog'

/**
 * The entries of a map, enough for a thousand routes: an entry without a place would be lost. Who needs more
 * sets the variable.
 */
const MAP_KEYS = 65536

/** The kernel's answer if a map is full: E2BIG. */
const NO_PLACE = -7

/** The longest line, in characters: a map is one line, and has at most so many entries of a hundred. */
const MAX_LINE = 64 * 1024 * 1024

/** Pages of the buffer between each CPU and bpftrace. */
const BUFFER_PAGES = 1024

/**
 * 0.17 misses a signal that comes while it is still starting: it then goes on to
 * beat. One that has heard the signal must not get another, as that would end it
 * before it has printed its maps, and to detach can take it more than a second.
 */
const BEATS_OF_THE_DEAF = 3
/** The times after which it is asked again, killed, and left behind, in milliseconds. */
const SIGNAL_AGAIN = 2000
const PATIENCE = 20_000
const LEFT_AFTER = 22_000

/** A running bpftrace, read a message at a time. */
export class Bpftrace {
  readonly #process: ChildProcess
  readonly #closed: Promise<unknown>
  readonly #release: Release
  #errors = ''
  #spawnError: Error | undefined
  #stopping = false
  #talksNonsense = false
  #beatsSinceSignal = 0
  lost = 0
  /** Whether an entry found no place in its map. */
  full = false

  constructor(
    { text, stringSize }: Script,
    pid: number | undefined,
    release: Release,
    receive: (message: Message) => void
  ) {
    this.#release = release
    const target = pid === undefined ? [] : ['-p', String(pid)]
    // It gets a process group of its own: Ctrl-C is for us, who then ask it for what it has.
    const args = ['-f', 'json', ...release.warnings, ...target, '-e', text]
    this.#process = spawn(...onLeash(args), {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
      env: {
        ...process.env,
        [release.stringSize]: String(stringSize),
        [release.mapKeys]: this.mapKeys,
        BPFTRACE_PERF_RB_PAGES: String(BUFFER_PAGES)
      }
    })
    const leash = this.#process.stdio[3] as Writable
    this.#process.once('exit', () => letGo(leash))
    this.#closed = once(this.#process, 'close').catch(() => {})
    this.#process.on('error', (error) => {
      this.#spawnError = error
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#errors = (this.#errors + text).slice(-4096)
    })
    const lines = new Lines(MAX_LINE, (line) => this.#receive(line, receive))
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => this.#push(lines, text))
  }

  /** A line without end is no message of bpftrace's, and would take all memory. */
  #push(lines: Lines, text: string): void {
    if (this.#talksNonsense) return
    try {
      lines.push(text)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.#talksNonsense = true
      this.kill()
    }
  }

  #receive(line: string, receive: (message: Message) => void): void {
    const message = parseMessage(line)
    if (message === undefined) return
    if (message.type === 'lost_events') this.lost += message.data.events
    else if (message.type === 'helper_error') this.full ||= message.retcode === NO_PLACE
    else {
      if (message.type === 'printf' && message.data === HEARTBEAT_LINE) this.#beatsSinceSignal++
      receive(message)
    }
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null && !this.#spawnError
  }

  /** Resolves when it has ended and all that it said was received. */
  get closed(): Promise<unknown> {
    return this.#closed
  }

  /** The reason why it ended without being asked to; undefined if all was well. */
  failure(): Problem | undefined {
    if (this.#spawnError !== undefined)
      return new Problem(`bpftrace could not be started: ${this.#spawnError.message}`)
    if (this.#talksNonsense)
      return new Problem('bpftrace printed something that can not be read, and was ended')
    if (this.#stopping || this.#process.exitCode === 0) return undefined
    const { exitCode, signalCode } = this.#process
    return failureOf(this.#errors || (signalCode === null ? `exit status ${exitCode}` : ''), signalCode)
  }

  /** Detaches as Ctrl-C does. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#interrupt()
    const again = setInterval(() => {
      if (this.#beatsSinceSignal >= BEATS_OF_THE_DEAF) this.#interrupt()
    }, SIGNAL_AGAIN)
    const killing = setTimeout(() => this.kill(), PATIENCE)
    // Where the kernel waits in its name for a file that does not answer, it can't even be killed.
    const leaving = new AbortController()
    const left = delay(LEFT_AFTER, undefined, { signal: leaving.signal }).catch(() => {})
    await Promise.race([this.#closed, left])
    leaving.abort()
    if (this.running) this.#leave()
    clearTimeout(killing)
    clearInterval(again)
  }

  #leave(): void {
    this.#process.unref()
    for (const stream of this.#process.stdio) stream?.destroy()
  }

  #interrupt(): void {
    this.#beatsSinceSignal = 0
    if (this.running) this.#process.kill('SIGINT')
  }

  /** Whether it was killed, so that what it had counted is gone. */
  get killed(): boolean {
    return this.#process.signalCode === 'SIGKILL'
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  get mapKeys(): string {
    return process.env[this.#release.mapKeys] ?? String(MAP_KEYS)
  }

  get release(): Release {
    return this.#release
  }
}
