import { lstatSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { type Ask, type Greeting, MAX_ANSWER, PROTOCOLS } from '../../../aggregate/protocol'
import { Problem } from '../../problem'
import { withSocket } from '../../processes/guarded'
import type { OfferedSocket } from '../../processes/sockets'
import { Malformed, parseJson } from '../checked-json'
import { Lines } from '../lines'
import { type Memory, NoRoom, UNLIMITED } from '../memory'
import { Pace } from './pace'
import { readGreeting } from './reading'

/** One of the protocols, without the number that both sides speak. */
type Asked<T = Ask> = T extends unknown ? Omit<T, 'protocol'> : never

/** The bounds within which a process may tell something. */
export interface Bounds {
  memory: Memory
  /** The most characters a second, in the long run; undefined for no bound. */
  pace: number | undefined
}

const UNBOUNDED: Bounds = { memory: UNLIMITED, pace: undefined }

/** Takes what a process tells. */
export interface Listener {
  /** A line after the greeting; JSON of whatever kind. */
  told(answer: unknown): void
  /** The connection is closed, whoever closed it; with a problem, because of what the process sent. */
  closed(problem?: Problem): void
}

/**
 * A connection to one socket that a process offers. What comes from there is hostile until it has been
 * checked.
 */
export class Client {
  /** The thread's number as the process tells it. */
  greeting: Greeting | undefined
  readonly #pid: number
  readonly #socket: net.Socket
  readonly #listener: Listener
  readonly #greeted: Promise<Greeting>
  #protocol = PROTOCOLS.newest as number
  readonly #pace: Pace | undefined
  #problem: Problem | undefined
  /** The time at which the process last told anything. */
  #heard = Date.now()

  /**
   * @param pid - the process's, as we know it
   * @throws Problem when the socket is not the process's, or not to be had
   */
  constructor(pid: number, offered: OfferedSocket, listener: Listener, { memory, pace }: Bounds = UNBOUNDED) {
    this.#pid = pid
    this.#listener = listener
    this.#socket = connect(pid, offered)
    this.#pace = pace === undefined ? undefined : new Pace(this.#socket, pace)
    this.#socket.setEncoding('utf8')
    this.#greeted = new Promise((resolve, reject) => {
      const lines = new Lines(MAX_ANSWER, (line) => this.#take(line, resolve), memory)
      this.#socket.on('error', (error: NodeJS.ErrnoException) => reject(notConnected(pid, error)))
      this.#socket.on('close', () => {
        lines.forget()
        this.#pace?.end()
        reject(new Problem(`process ${pid} closed the connection`))
        listener.closed(this.#problem)
      })
      this.#socket.on('data', (text: string) => {
        try {
          this.#receive(text, lines)
        } catch (error) {
          this.#fail(error, reject)
        }
      })
    })
    this.#greeted.catch(() => {})
  }

  /** The time for which it has told nothing, in milliseconds. */
  silence(): number {
    return Date.now() - this.#heard
  }

  /** Resolves when the process has said who it is: at once, unless its event loop is blocked. */
  greeted(): Promise<Greeting> {
    return this.#greeted
  }

  ask(ask: Asked): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify({ protocol: this.#protocol, ...ask })}\n`)
  }

  close(): void {
    this.#socket.destroy()
  }

  #fail(error: unknown, reject: (problem: Problem) => void): void {
    this.#problem = problemOf(error, this.#pid)
    reject(this.#problem)
    this.#socket.destroy()
  }

  #receive(text: string, lines: Lines): void {
    this.#heard = Date.now()
    this.#pace?.took(text.length)
    lines.push(text)
  }

  #take(line: string, greeted: (greeting: Greeting) => void): void {
    const answer = parseJson(line)
    if (this.greeting === undefined) {
      this.greeting = readGreeting(answer)
      this.#protocol = commonProtocol(this.#pid, this.greeting)
      greeted(this.greeting)
    } else {
      this.#listener.told(answer)
    }
  }
}

function problemOf(error: unknown, pid: number): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Malformed)
    return new Problem(`process ${pid} sends what this command does not understand`)
  if (error instanceof NoRoom) return new Problem(`process ${pid} tells more than there is memory for`)
  throw error
}

function commonProtocol(pid: number, { restifyProbes: { oldest, newest }, version }: Greeting): number {
  const common = Math.min(newest, PROTOCOLS.newest)
  if (common >= Math.max(oldest, PROTOCOLS.oldest)) return common
  throw new Problem(
    `the package in process ${pid} is of release ${version}, which this command does not understand`,
    [`The command of its own release does: npx restify-probes@${version}`]
  )
}

/** Connects to a socket that has been looked at, on Linux while it is held open: nobody can put another in its place. */
function connect(pid: number, offered: OfferedSocket): net.Socket {
  const { folder, name, uid } = offered
  if (folder === '') return net.connect(name)
  if (process.platform !== 'linux') {
    checkOwner(pid, uid, path.join(folder, name))
    return net.connect(path.join(folder, name))
  }
  try {
    // The connection is made, or refused, when connect() returns.
    return withSocket(pid, offered, (file) => {
      if (file === undefined) throw foreign(pid)
      return net.connect(file)
    })
  } catch (error) {
    throw error instanceof Problem ? error : notConnected(pid, error as NodeJS.ErrnoException)
  }
}

function checkOwner(pid: number, uid: number | undefined, file: string): void {
  let stats: ReturnType<typeof lstatSync>
  try {
    stats = lstatSync(file)
  } catch (error) {
    throw notConnected(pid, error as NodeJS.ErrnoException)
  }
  if (!stats.isSocket() || !isTrusted(uid, stats.uid)) throw foreign(pid)
}

/** A process may have been root's when it made the socket. */
function isTrusted(expected: number | undefined, uid: number): boolean {
  return expected === undefined || uid === expected || uid === 0
}

function foreign(pid: number): Problem {
  return new Problem(`the socket of process ${pid} is not its own user's: it is left alone`)
}

function notConnected(pid: number, { code }: NodeJS.ErrnoException): Problem {
  if (code === 'ENOENT' || code === 'ECONNREFUSED')
    return new Problem(`process ${pid} has no socket any more: it has ended, or is about to`)
  return new Problem(`process ${pid} can't be connected to (${code})`, [
    'Only its own user and root can connect to its socket.'
  ])
}
