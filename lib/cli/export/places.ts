import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The most connections that wait for a request: more than the system holds ready to be accepted at once, so that a client
 * that asks as soon as it is connected is heard, however many others connect.
 */
const MAX_WAITING = 1000

/** The most answers that are being read, each of which may be large. */
const MAX_ANSWERS = 64

/**
 * Places for clients. Where all are taken, the one that has had its own for longest makes room: who holds places without
 * using them keeps nobody else out.
 */
export class Places {
  /** Both in the order in which they came. */
  readonly #waiting = new Set<Socket>()
  readonly #answered = new Set<Socket>()

  /** Takes a client that has connected. */
  admit(socket: Socket): void {
    makeRoom(this.#waiting, MAX_WAITING)
    this.#waiting.add(socket)
    socket.once('close', () => {
      this.#waiting.delete(socket)
      this.#answered.delete(socket)
    })
  }

  /** Takes a client's request, until its answer has been read. */
  begin(socket: Socket, res: ServerResponse): void {
    this.#waiting.delete(socket)
    makeRoom(this.#answered, MAX_ANSWERS)
    this.#answered.add(socket)
    res.once('close', () => {
      if (this.#answered.delete(socket) && !socket.destroyed) this.#waiting.add(socket)
    })
  }
}

function makeRoom(places: Set<Socket>, most: number): void {
  const [oldest] = places
  if (oldest === undefined || places.size < most) return
  places.delete(oldest)
  oldest.destroy()
}
