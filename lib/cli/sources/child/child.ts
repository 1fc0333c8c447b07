import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { LoopHistory } from '../../../figures/event-loop'
import type { FinishedRequest } from '../../../figures/request'
import type { ServerReport } from '../../../inject/report'
import { PRELOAD } from '../../files'
import { describeServer } from '../../inject/describe'
import { EXIT, Problem } from '../../problem'
import { Descendant } from '../../processes/ancestry'
import { Malformed } from '../checked-json'
import { Lines } from '../lines'
import type { Ending, Source } from '../source'
import { grownLoop, type LoopBeat } from '../told-loop'
import type { RequestsAsked } from '../wanted'
import { ENOUGH, HEADERS_VARIABLE, MAX_LINE, MOMENTS_VARIABLE, SOCKET_VARIABLE } from './protocol'
import { readChildReport } from './reading'

/** The time that an app has to end after it was asked to, in milliseconds. */
const PATIENCE = 5000
const GRACE = 500
/** The time that an app has to send the rest of its figures. */
const LAST_WORDS = 1000

/** The most processes and threads that are connected at a time. */
const MAX_CONNECTIONS = 4096

/** The most servers without an app that are kept in mind. */
const MAX_STRANGERS = 10

/** The number is that of our own stderr. */
const STDIO: Record<'inherit' | 'stderr' | 'pipe', StdioOptions> = {
  inherit: 'inherit',
  stderr: ['inherit', 2, 'inherit'],
  pipe: ['ignore', 'pipe', 'pipe']
}

/**
 * The place to which the app prints: where it likes, standard error for all, or a function that takes
 * its text.
 */
export type AppOutput = 'inherit' | 'stderr' | ((text: string) => void)

/** An app that was started to be listened to, in its own process and those that it starts. */
export class Child implements Source {
  readonly ended: Promise<Ending>
  readonly #command: readonly string[]
  readonly #deliver: (request: FinishedRequest) => void
  readonly #server: net.Server
  /**
   * The connections of every process and thread, each with its process once that has said who it is
   * and is a descendant of the app's.
   */
  readonly #connections = new Map<net.Socket, Descendant | undefined>()
  readonly #folder: string | undefined
  readonly #address: string
  readonly #output: AppOutput
  readonly #asked: Pick<RequestsAsked, 'headers' | 'moments'>
  /** The event loops, by process and thread. */
  readonly #loops = new Map<string, LoopHistory>()
  #process: ChildProcess | undefined
  #lost = 0
  #heardNode = false
  #called = false
  /** Whether a connection was closed for what came over it. */
  #malformed = false
  /** Servers behind which no app was found, by where they listen. */
  readonly #strangers = new Map<string, string>()
  #end: (ending: Ending) => void = () => {}

  /** @param asked - whether requests are told with their headers, and each moment of the event loops */
  constructor(
    command: readonly string[],
    deliver: (request: FinishedRequest) => void,
    output: AppOutput,
    asked: Pick<RequestsAsked, 'headers' | 'moments'> = { headers: false, moments: false }
  ) {
    this.#command = command
    this.#deliver = deliver
    this.#output = output
    this.#asked = asked
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    if (process.platform === 'win32') {
      this.#address = `\\\\.\\pipe\\restify-probes-${process.pid}`
    } else {
      this.#folder = temporaryFolder()
      this.#address = path.join(this.#folder, 'socket')
    }
    this.#server = net.createServer((socket) => this.#receive(socket))
    this.#server.maxConnections = MAX_CONNECTIONS
    process.once('exit', this.#cleanUp)
  }

  describeLost(count: number): string {
    return `${count} requests are missing: the app had more to tell than could be read`
  }

  lost(): number {
    return this.#lost
  }

  /** Gives the event loops of those that serve requests, where moments are asked for. */
  loops(): LoopHistory[] {
    return [...this.#loops.values()]
  }

  incomplete(): string | undefined {
    if (this.#malformed)
      return 'a process of the app sent what this command does not understand: its connection was closed, and its requests are missing'
    // A process that is not heard at all may be Node, started without our NODE_OPTIONS.
    if (this.#called || !this.#heardNode) return undefined
    const [server] = this.#strangers.values()
    return server === undefined
      ? 'no server of the app had a connection, so no Express or Connect app was seen'
      : `no Express or Connect app was found; there is ${server}`
  }

  async start(): Promise<void> {
    this.#server.listen(this.#address)
    await once(this.#server, 'listening')
    const [program, ...args] = this.#command as [string, ...string[]]
    const output = this.#output
    const child = spawn(program, args, {
      stdio: STDIO[typeof output === 'function' ? 'pipe' : output],
      env: {
        ...process.env,
        NODE_OPTIONS: nodeOptions(),
        [SOCKET_VARIABLE]: this.#address,
        ...(this.#asked.headers ? { [HEADERS_VARIABLE]: '1' } : {}),
        ...(this.#asked.moments ? { [MOMENTS_VARIABLE]: '1' } : {})
      }
    })
    if (typeof output === 'function') {
      child.stdout?.setEncoding('utf8').on('data', output)
      child.stderr?.setEncoding('utf8').on('data', output)
    }
    this.#process = child
    try {
      await once(child, 'spawn')
    } catch (error) {
      await this.stop()
      throw new Problem(`${program} could not be started: ${(error as NodeJS.ErrnoException).code}`, [
        'What comes after -- is a program and its arguments, such as: -- node app.js'
      ])
    }
    child.once('exit', (code, signal) => {
      const exitCode = code ?? 128 + os.constants.signals[signal as NodeJS.Signals]
      const how = signal === null ? `with status ${code}` : `by ${signal}`
      this.#end({ message: `${program} ended ${how}`, exitCode: exitCode ?? EXIT.failure })
    })
  }

  /** Ends the app if it still runs, and takes what it had to say. */
  async stop(): Promise<void> {
    const child = this.#process
    if (child !== undefined && isRunning(child)) {
      const descendants = [...this.#connections.values()].filter((process) => process !== undefined)
      await this.#hearLastWords()
      // A terminal's Ctrl-C reaches the app as well, which then ends in its own way.
      if (typeof this.#output === 'string' && process.stdin.isTTY) await this.#exitOf(child, GRACE)
      signalAll(child, descendants, 'SIGTERM')
      await this.#exitOf(child, PATIENCE)
      signalAll(child, descendants, 'SIGKILL')
    }
    await this.#drain()
    this.#server.close()
    this.#cleanUp()
    process.removeListener('exit', this.#cleanUp)
  }

  async #exitOf(child: ChildProcess, milliseconds: number): Promise<void> {
    if (!isRunning(child)) return
    const over = new AbortController()
    await Promise.race([
      once(child, 'exit'),
      delay(milliseconds, undefined, { signal: over.signal }).catch(() => {})
    ])
    over.abort()
  }

  /** A signal ends a process before what waits in it is sent. */
  async #hearLastWords(): Promise<void> {
    for (const socket of this.#connections.keys()) socket.write(ENOUGH)
    await Promise.race([this.#connectionsClosed(), delay(LAST_WORDS, undefined, { ref: false })])
  }

  /** Connections are taken in turn: once ours is, so are all that were made before the app ended. */
  async #drain(): Promise<void> {
    if (!this.#server.listening) return
    const last = net.connect(this.#address)
    last.end(`${JSON.stringify({ lost: 0 })}\n`)
    // The app may have taken the socket's file away.
    await Promise.race([once(this.#server, 'connection'), once(last, 'close')]).catch(() => {})
    await Promise.race([this.#connectionsClosed(), delay(PATIENCE, undefined, { ref: false })])
    for (const socket of this.#connections.keys()) socket.destroy()
  }

  async #connectionsClosed(): Promise<void> {
    while (this.#connections.size > 0) await Promise.all([...this.#connections.keys()].map(closingOf))
  }

  #receive(socket: net.Socket): void {
    const lines = new Lines(MAX_LINE, (line) => this.#note(line, socket))
    this.#connections.set(socket, undefined)
    socket.on('close', () => this.#connections.delete(socket))
    // A process that ends resets the connection.
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (text: string) => {
      try {
        // Lines that were read before the connection was closed may come after.
        if (!socket.destroyed) lines.push(text)
      } catch (error) {
        if (!(error instanceof Malformed)) throw error
        this.#malformed = true
        socket.destroy()
      }
    })
  }

  /** @throws Malformed for what is no report */
  #note(line: string, socket: net.Socket): void {
    const report = readChildReport(line)
    if ('request' in report) {
      // In a vm context or a realm of its own, the call is not seen.
      this.#called = true
      this.#deliver(report.request)
    } else if ('pid' in report) {
      this.#heardNode = true
      this.#connections.set(socket, Descendant.of(report.pid, this.#process?.pid ?? 0))
    } else if ('called' in report) this.#called = true
    else if ('server' in report) this.#noteServer(report.server)
    else if ('loop' in report) this.#noteLoop(report.loop)
    else this.#lost += report.lost
  }

  #noteLoop({ pid, thread, beat }: { pid: number; thread: number; beat: LoopBeat }): void {
    const key = `${pid}/${thread}`
    const known = this.#loops.get(key)
    if (known === undefined && this.#loops.size >= MAX_CONNECTIONS) return
    this.#loops.set(key, grownLoop(known, { pid, thread }, beat))
  }

  #noteServer(server: ServerReport): void {
    if (server.apps.length > 0) this.#strangers.delete(server.address)
    else if (this.#strangers.size < MAX_STRANGERS)
      this.#strangers.set(server.address, describeServer({ ...server, waiting: false }))
  }

  readonly #cleanUp = () => {
    this.#process?.kill('SIGKILL')
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** @throws Problem where there can be none */
function temporaryFolder(): string {
  try {
    return mkdtempSync(path.join(os.tmpdir(), 'restify-probes-'))
  } catch (error) {
    throw new Problem(`there can be no folder for the app's socket: ${(error as Error).message}`, [
      'The environment variable TMPDIR names another place for it.'
    ])
  }
}

/**
 * Resolves when it closes, in whatever way: `once` would fail with the error of a connection that is reset.
 */
function closingOf(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

/** A shell, npm or the primary of a cluster has started processes that do not end with it. */
function signalAll(child: ChildProcess, descendants: readonly Descendant[], signal: NodeJS.Signals): void {
  if (isRunning(child)) child.kill(signal)
  for (const descendant of descendants) descendant.kill(signal)
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null
}

/** The options that Node gives to whatever it starts, too: workers of a cluster, and what npm starts. */
function nodeOptions(): string {
  const preload = `--require "${PRELOAD.replace(/[\\"]/g, '\\$&')}"`
  return [process.env.NODE_OPTIONS, preload].filter(Boolean).join(' ')
}
