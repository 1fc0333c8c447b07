import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import net from 'node:net'

/** Node's own list of what keeps a process alive. */
interface WithActiveHandles {
  _getActiveHandles?(): unknown[]
}

/** A connection that a server has accepted, with what Node notes on it. */
interface Accepted {
  server?: unknown
}

/** A receiver of servers and requests. Its methods must not throw. */
export interface ServerObserver {
  /** It is called once for each server that takes HTTP requests. */
  serverFound(server: net.Server): void
  /** A request of HTTP/1 has come in; the server's listeners are called when this returns. */
  requestArrived(server: net.Server, req: IncomingMessage): void
}

/**
 * Finds the servers of this thread that take HTTP requests: those that listen now, and others by their next connection
 * or request. Node lists neither a server that was unref()ed, nor that of a cluster's worker, nor one that is handed
 * its connections by another.
 */
export class Servers {
  readonly #observer: ServerObserver
  #seen = new WeakSet<net.Server>()

  constructor(observer: ServerObserver) {
    this.#observer = observer
  }

  start(): void {
    for (const handle of (process as WithActiveHandles)._getActiveHandles?.() ?? []) {
      const server = handle instanceof net.Socket ? (handle as Accepted).server : handle
      if (server instanceof net.Server && server.listening) this.#look(server)
    }
    subscribe('net.server.socket', this.#onConnection)
    subscribe('http.server.request.start', this.#onRequest)
  }

  stop(): void {
    unsubscribe('net.server.socket', this.#onConnection)
    unsubscribe('http.server.request.start', this.#onRequest)
  }

  readonly #onConnection = (message: unknown): void => {
    const { server } = (message as { socket: Accepted }).socket
    if (server instanceof net.Server) this.#look(server)
  }

  readonly #onRequest = (message: unknown): void => {
    const { server, request } = message as { server: unknown; request: IncomingMessage }
    if (!(server instanceof net.Server)) return
    this.#look(server)
    this.#observer.requestArrived(server, request)
  }

  #look(server: net.Server): void {
    if (this.#seen.has(server) || server.listenerCount('request') === 0) return
    this.#seen.add(server)
    this.#observer.serverFound(server)
  }
}
