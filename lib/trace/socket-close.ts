import { type EventEmitter, errorMonitor } from 'node:events'
import type { Socket } from 'node:net'
import { type Link, LinkedList } from '../linked-list'

const LISTENED = Symbol('restify-probes.listened')

type Marked = { [LISTENED]?: Listened | undefined }

/** It is called with whether the kernel had taken all bytes that the socket was given. */
type Closed = (allWritten: boolean) => void

/**
 * The listeners for sockets to close, of one session. A socket has one, since Node warns of
 * many, and keeps it from request to request: to put it there for each request takes a third
 * of the time that tracing the request does.
 */
export class SocketCloseListeners {
  readonly #listened = new LinkedList<Listened>()
  #ended = false

  /** @returns what ends the waiting */
  wait(socket: Socket, action: Closed): () => void {
    const listened = (socket as Marked)[LISTENED] ?? new Listened(socket)
    listened.moveTo(this, this.#listened)
    const waiting = listened.actions.append(action)
    return () => {
      waiting.remove()
      listened.leaveIfIdle()
    }
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Takes the listeners off, each as soon as nothing waits for its socket. */
  end(): void {
    this.#ended = true
    this.#listened.each((listened) => listened.leaveIfIdle())
  }
}

/** A socket that is listened to, with all that waits for it to close. */
class Listened {
  readonly actions = new LinkedList<Closed>()
  readonly #socket: Socket
  /** Whether the listener may stay while nothing waits. */
  readonly #stays: boolean
  /** The last session in which anything has waited. */
  #session: SocketCloseListeners | null = null
  #link: Link<Listened> | null = null
  #failedInWrite = false

  constructor(socket: Socket) {
    this.#socket = socket
    this.#stays = closesForSure(socket)
    socket.once('close', this.#closed)
    emitter(socket).once(errorMonitor, this.#failed)
    Reflect.set(socket, LISTENED, this)
  }

  moveTo(session: SocketCloseListeners, listened: LinkedList<Listened>): void {
    if (this.#session === session) return
    this.#session = session
    this.#link?.remove()
    this.#link = listened.append(this)
  }

  leaveIfIdle(): void {
    if (!this.actions.empty || (this.#stays && !this.#session?.ended)) return
    this.#leave()
    this.#socket.off('close', this.#closed)
    emitter(this.#socket).off(errorMonitor, this.#failed)
  }

  #leave(): void {
    this.#link?.remove()
    Reflect.set(this.#socket, LISTENED, undefined)
  }

  /**
   * Once the socket has closed, writes that were under way look as if they had been done, so failures
   * are noted before.
   */
  readonly #failed = (error: NodeJS.ErrnoException) => {
    this.#failedInWrite = error.syscall === 'write' || this.#socket.writableLength > 0
  }

  readonly #closed = () => {
    this.#leave()
    emitter(this.#socket).off(errorMonitor, this.#failed)
    const allWritten = !this.#failedInWrite && !wasFull(this.#socket)
    this.actions.each((action) => action(allWritten))
  }
}

/** A socket that was destroyed while it held more than it should, which is all that is told of such a one. */
function wasFull(socket: Socket): boolean {
  return (socket as { _writableState?: { needDrain?: boolean } })._writableState?.needDrain === true
}

/**
 * Whether a socket will say that it has closed. An object that only looks like a socket, or one that never was
 * connected, may never say so, and would be kept for ever.
 */
function closesForSure(socket: Socket): boolean {
  // Node has loaded this module by now, if there are sockets.
  const { Socket } = require('node:net') as typeof import('node:net')
  return socket instanceof Socket && !socket.pending && !socket.closed
}

/** The types of a socket's own events have no symbols. */
function emitter(socket: Socket): EventEmitter {
  return socket
}
