import type { Socket } from 'node:net'
import { Chain, type Link } from '../chain'

const LISTENED = Symbol('restify-probes.listened')

type Marked = { [LISTENED]?: Listened | undefined }

/**
 * What waits for sockets to close in one session. A socket has one listener, as
 * of many Node would warn, and keeps it from request to request: to put it there
 * for each takes a third of the time that tracing a request does.
 */
export class Closings {
  readonly #listened = new Chain<Listened>()
  #ended = false

  /** @returns what ends the waiting */
  wait(socket: Socket, action: () => void): () => void {
    const listened = (socket as Marked)[LISTENED] ?? new Listened(socket)
    listened.moveTo(this, this.#listened)
    const waiting = listened.actions.add(action)
    return () => {
      waiting.leave()
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
  readonly actions = new Chain<() => void>()
  readonly #socket: Socket
  /** Whether the listener may stay while nothing waits. */
  readonly #stays: boolean
  /** Of the last session in which anything has waited. */
  #closings: Closings | null = null
  #link: Link<Listened> | null = null

  constructor(socket: Socket) {
    this.#socket = socket
    this.#stays = closesForSure(socket)
    socket.once('close', this.#closed)
    Reflect.set(socket, LISTENED, this)
  }

  moveTo(closings: Closings, listened: Chain<Listened>): void {
    if (this.#closings === closings) return
    this.#closings = closings
    this.#link?.leave()
    this.#link = listened.add(this)
  }

  leaveIfIdle(): void {
    if (!this.actions.empty || (this.#stays && !this.#closings?.ended)) return
    this.#leave()
    this.#socket.off('close', this.#closed)
  }

  #leave(): void {
    this.#link?.leave()
    Reflect.set(this.#socket, LISTENED, undefined)
  }

  readonly #closed = () => {
    this.#leave()
    this.actions.each((action) => action())
  }
}

/** What only looks like a socket, or never was connected, may never say that it has closed, and would be kept for that. */
function closesForSure(socket: Socket): boolean {
  // Loaded by now, if there are sockets.
  const { Socket } = require('node:net') as typeof import('node:net')
  return socket instanceof Socket && !socket.pending && !socket.closed
}
