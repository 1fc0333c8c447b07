import type { Socket } from 'node:net'
import { Chain, type Link } from '../chain'

const LISTENED = Symbol('restify-probes.listened')

type Marked = { [LISTENED]?: Listened }

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
    const known = (socket as Marked)[LISTENED]
    const listened = known?.sockets === this.#listened ? known : new Listened(this.#listened, socket)
    const waiting = listened.actions.add(action)
    return () => {
      waiting.leave()
      if (this.#ended || !listened.stays) listened.leaveIfIdle()
    }
  }

  /** Takes the listeners off, each as soon as nothing waits for its socket. */
  end(): void {
    this.#ended = true
    this.#listened.each((listened) => listened.leaveIfIdle())
  }
}

/** A socket that is listened to, with all that waits for it to close. */
class Listened {
  readonly sockets: Chain<Listened>
  readonly actions = new Chain<() => void>()
  /** Whether the listener may stay while nothing waits. */
  readonly stays: boolean
  readonly #socket: Socket
  readonly #link: Link<Listened>

  constructor(sockets: Chain<Listened>, socket: Socket) {
    this.sockets = sockets
    this.stays = closesForSure(socket)
    this.#socket = socket
    this.#link = sockets.add(this)
    socket.once('close', this.#closed)
    Reflect.set(socket, LISTENED, this)
  }

  leaveIfIdle(): void {
    if (!this.actions.empty) return
    this.#link.leave()
    this.#socket.off('close', this.#closed)
    Reflect.set(this.#socket, LISTENED, undefined)
  }

  readonly #closed = () => {
    this.#link.leave()
    this.actions.each((action) => action())
  }
}

/** What only looks like a socket may never say that it has closed, and would be kept for that; so would one that has said it. */
function closesForSure(socket: Socket): boolean {
  // Loaded by now, if there are sockets.
  const { Socket } = require('node:net') as typeof import('node:net')
  return socket instanceof Socket && !socket.closed
}
