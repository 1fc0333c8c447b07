import { AsyncResource } from 'node:async_hooks'
import { unlinkSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import path from 'node:path'
import { outOfContext } from '../../out-of-context'
import type { RecordConsumer } from '../../provider/record'
import type { Status } from '../../status'
import { PROTOCOLS } from '../protocol'
import { Connection, type OfferedProcess } from './connection'
import { describeProcess, packageVersion } from './description'
import {
  baseFolders,
  fileName,
  fits,
  folderName,
  PIPE_PREFIX,
  PIPES,
  prepareFolder,
  type SocketName,
  WINDOWS
} from './folder'
import { removeStale } from './stale'
import { ownStart } from './start'

/** The number of commands that can listen at a time. */
const MAX_CONNECTIONS = 16

/**
 * The number of sockets that a thread can have: copies of the package that can't share a runtime have one
 * each.
 */
const MAX_COPIES = 8

/** The parts of the thread's runtime that the offer uses. */
export interface Offered {
  addConsumer(consumer: RecordConsumer): () => void
  provider(): 'usdt' | 'dtrace' | 'none'
}

const FOREIGN_CONTEXT =
  'this is a vm context, as Jest has one for each file of tests: a socket would keep it in memory. Option attach: true has one all the same'

/**
 * The socket to which commands of the same user, or root, connect: offered once an app is there,
 * unless it is not wanted.
 */
export class Offer {
  readonly #offered: Offered
  #state: 'unasked' | 'opening' | 'open' | 'closed' = 'unasked'
  #message = 'no app has called restifyProbes() yet'
  #forbidden = false
  #server: Server | undefined
  #file: string | undefined
  #settled: Promise<void> = Promise.resolve()
  readonly #connections = new Set<Connection>()
  #listened = 0
  /** It is called when a command has ended its work with the inspector. */
  onInspected: () => void = () => {}

  constructor(offered: Offered) {
    this.#offered = offered
  }

  /** The number of commands that have listened so far, those that listen now included. */
  get listened(): number {
    return this.#listened
  }

  /** The number of commands that listen at this moment. */
  get listeners(): number {
    return [...this.#connections].filter((connection) => connection.listening).length
  }

  /** Resolves when it is known whether there is a socket. */
  get settled(): Promise<void> {
    return this.#settled
  }

  status(): Status['attach'] {
    return {
      ...(this.#state === 'open' ? { socket: this.#file as string } : {}),
      message: this.#message
    }
  }

  /**
   * Must be called for each app. The socket is opened when the app has been set up.
   *
   * @param wanted - false closes it for good; undefined leaves it to what is usual
   */
  make(wanted: boolean | undefined): void {
    if (wanted === false) this.#forbid('option attach is false')
    if (this.#forbidden || this.#state !== 'unasked') return
    const { RESTIFY_PROBES_ATTACH: variable = '' } = process.env
    if (variable !== '' && variable !== '1')
      this.#forbid(`RESTIFY_PROBES_ATTACH is ${JSON.stringify(variable)}`)
    else if (wanted === undefined && inForeignContext()) this.#message = cannot(FOREIGN_CONTEXT)
    else this.#openSoon()
  }

  #forbid(why: string): void {
    this.#forbidden = true
    this.#message = cannot(why)
    this.close()
  }

  #openSoon(): void {
    this.#state = 'opening'
    this.#message = 'the socket for commands is opened when this turn of the event loop is over'
    this.#settled = new Promise((resolve) => {
      outOfContext(() => setImmediate(() => resolve(this.#open()))).unref()
    })
  }

  async #open(): Promise<void> {
    if (this.#state !== 'opening') return
    try {
      const name = { pid: process.pid, start: ownStart(), thread: threadNumber() }
      await this.#listen(addresses(name), this.#host(name.thread))
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Listens at the first address that can be had. */
  async #listen(addresses: Iterable<() => string>, host: OfferedProcess): Promise<void> {
    let problem: unknown
    for (const address of addresses) {
      try {
        const file = address()
        const server = await listening(file, (socket) => this.#connected(socket, host))
        if (this.#state === 'opening') this.#opened(server, file)
        else server.close()
        return
      } catch (error) {
        problem ??= error
      }
    }
    throw problem
  }

  #opened(server: Server, file: string): void {
    this.#state = 'open'
    this.#server = server
    this.#file = file
    this.#message = `commands of the same user, and of root, attach at ${file}`
    if (WINDOWS) return
    process.once('exit', this.#exiting)
    void removeStale(path.dirname(file), path.basename(file)).catch(() => {})
  }

  #failed(error: unknown): void {
    if (this.#state !== 'opening') return
    this.#state = 'closed'
    this.#message = cannot(`the socket could not be opened: ${messageOf(error)}`)
  }

  #connected(socket: Socket, host: OfferedProcess): void {
    const connection = new Connection(socket, host, () => this.#connections.delete(connection))
    this.#connections.add(connection)
    if (this.#connections.size > MAX_CONNECTIONS)
      connection.refuse(`${MAX_CONNECTIONS} commands are connected already`)
  }

  #host(thread: number): OfferedProcess {
    return {
      greeting: () => ({ restifyProbes: PROTOCOLS, version: packageVersion(), pid: process.pid, thread }),
      describe: () => describeProcess(thread, this.#offered.provider(), this.listeners),
      inspected: () => this.onInspected(),
      addConsumer: (consumer) => {
        this.#listened++
        return this.#offered.addConsumer(consumer)
      }
    }
  }

  /** Closes the socket for good: commands that are connected are cut off. */
  close(): void {
    this.#state = 'closed'
    process.removeListener('exit', this.#exiting)
    // Closing removes the file.
    this.#server?.close()
    for (const connection of this.#connections) connection.destroy()
  }

  readonly #exiting = () => {
    for (const connection of this.#connections) connection.finish()
    try {
      unlinkSync(this.#file as string)
    } catch {}
  }
}

/** The addresses to listen at, the best first; each may turn out not to be had. */
function* addresses(name: SocketName): Iterable<() => string> {
  for (let copy = 0; copy < MAX_COPIES; copy++) {
    const file = fileName(name, copy)
    if (WINDOWS) yield () => PIPES + PIPE_PREFIX + file
    else for (const base of baseFolders()) yield () => addressIn(base, file)
  }
}

/** @throws Error that says why there can be no socket in this folder */
function addressIn(base: string, name: string): string {
  const uid = (process.geteuid as () => number)()
  const file = path.join(base, folderName(uid), name)
  if (!fits(file)) throw new Error(`the path of a socket in ${base} is too long`)
  prepareFolder(base, uid)
  return file
}

async function listening(address: string, connected: (socket: Socket) => void): Promise<Server> {
  // It is loaded here, since a script that has no server should not pay for it.
  const { createServer } = require('node:net') as typeof import('node:net')
  const server = createServer(connected)
  server.unref()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // A worker of a cluster would else ask the primary to listen for all of them.
    server.listen({ path: address, exclusive: true }, resolve)
  })
  // A connection that can't be accepted, for want of file descriptors, must not reach the app.
  server.on('error', () => {})
  return server
}

/** The thread's number; 0 for the main thread. */
function threadNumber(): number {
  const { isMainThread, threadId } = require('node:worker_threads') as typeof import('node:worker_threads')
  return isMainThread ? 0 : threadId
}

/** Objects that Node gives are made in the main context. */
function inForeignContext(): boolean {
  return !(AsyncResource instanceof Function)
}

function cannot(why: string): string {
  return `commands can't attach: ${why}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
