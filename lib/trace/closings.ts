import type { Socket } from 'node:net'

/** A socket that is listened to, and what waits for it to close. */
interface Listened {
  readonly actions: Set<() => void>
  readonly runAll: () => void
  /** Whether the listener may stay while nothing waits. */
  readonly stays: boolean
}

/**
 * What waits for sockets to close in one session. A socket has one listener, as
 * of many Node would warn, and keeps it from request to request: to put it there
 * for each takes a third of the time that tracing a request does.
 */
export class Closings {
  readonly #listened = new Map<Socket, Listened>()
  #ended = false

  /** @returns what ends the waiting */
  wait(socket: Socket, action: () => void): () => void {
    const listened = this.#listened.get(socket) ?? this.#listen(socket)
    listened.actions.add(action)
    return () => {
      listened.actions.delete(action)
      if (this.#ended || !listened.stays) this.#leaveIdle(socket, listened)
    }
  }

  /** Takes the listeners off, each as soon as nothing waits for its socket. */
  end(): void {
    this.#ended = true
    for (const [socket, listened] of this.#listened) this.#leaveIdle(socket, listened)
  }

  #listen(socket: Socket): Listened {
    const actions = new Set<() => void>()
    const runAll = () => {
      this.#listened.delete(socket)
      for (const action of [...actions]) action()
    }
    const listened = { actions, runAll, stays: closesForSure(socket) }
    this.#listened.set(socket, listened)
    socket.once('close', runAll)
    return listened
  }

  #leaveIdle(socket: Socket, { actions, runAll }: Listened): void {
    if (actions.size > 0) return
    this.#listened.delete(socket)
    socket.off('close', runAll)
  }
}

/** What only looks like a socket may never say that it has closed, and would be kept for that; so would one that has said it. */
function closesForSure(socket: Socket): boolean {
  // Loaded by now, if there are sockets.
  const { Socket } = require('node:net') as typeof import('node:net')
  return socket instanceof Socket && !socket.closed
}
