import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerResponse, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { types } from 'node:util'
import { CLIENT_CLOSED_REQUEST } from '../figures/status-code'
import type { SocketCloseListeners } from './socket-close'

/**
 * Calls back once, when the response has finished or its connection has closed, with the status for route-done.
 *
 * A client "was sent all of it" when the kernel has taken the last byte: no process can know more. For an HTTP/1 response
 * on its own socket that is decided here, since a listener for each request would cost more than the rest of tracing it.
 * All other responses are left to the package on-finished.
 */
export function onFinished(
  req: IncomingMessage,
  res: ServerResponse,
  closeListeners: SocketCloseListeners,
  done: (statusCode: number) => void
): void {
  const socket = ownSocket(req, res)
  if (socket === null) {
    onFinishedElsewhere(res, done)
  } else if (isEnded(res) && res.writableFinished) {
    setImmediate(done, hasFailed(req) ? CLIENT_CLOSED_REQUEST : statusOf(res))
  } else if (res.destroyed || (!res.socket && socket.destroyed)) {
    setImmediate(done, CLIENT_CLOSED_REQUEST)
  } else {
    onSocketFinished(res, socket, closeListeners, done)
  }
}

/** The socket of an HTTP/1 response that is on it, or waits for its turn there behind pipelined ones; else null. */
function ownSocket({ socket }: IncomingMessage, res: ServerResponse): Socket | null {
  // HTTP/2 gives a proxy for a socket. To ask the response takes V8 long, as for `finished` below.
  if (types.isProxy(socket) || typeof socket?.once !== 'function') return null
  return res.socket === socket || (res.socket === null && 'parser' in socket) ? socket : null
}

function onSocketFinished(
  res: ServerResponse,
  socket: Socket,
  closeListeners: SocketCloseListeners,
  done: (statusCode: number) => void
): void {
  let hasFinished = false
  const finish = (complete: boolean) => {
    if (hasFinished) return
    hasFinished = true
    stopWaiting()
    done(complete ? statusOf(res) : CLIENT_CLOSED_REQUEST)
  }
  // A pipelined response has its turn later.
  const turn = new Turn(res, socket)
  if (res.socket === null) res.once('socket', () => turn.begin())
  else turn.begin()
  // Node says that a response has finished even where its connection had closed before it was written.
  const { destroyed } = socket
  let isSent = false
  res.on('prefinish', () => {
    isSent = !socket.destroyed && socket.writableLength === 0
  })
  res.on('finish', () => {
    if (isSent || (isEnded(res) && !socket.destroyed && !socket.errored)) finish(!destroyed)
    else if (socket.closed) finish(false)
    // Otherwise the socket is about to close, and what it then tells decides.
  })
  // This does not wait on the response: a pipelined one may never get its turn on the socket, and one may be
  // taken off it.
  const stopWaiting = closeListeners.wait(socket, (allWritten) => finish(turn.isComplete(allWritten)))
  if (!res.socket) res.on('close', () => finish(false))
}

/** A response's turn on its socket: tells whether a response that was not ended is complete all the same. */
class Turn {
  /** The bytes that the socket had been given when the turn began; -1 before. */
  private before = -1

  constructor(
    private readonly res: ServerResponse,
    private readonly socket: Socket
  ) {}

  begin(): void {
    this.before = this.socket.bytesWritten
  }

  /**
   * Whether all bytes that the response's head promises were sent: the length that it names, or none where it has no
   * body. What has no length is complete only when it is ended.
   *
   * @param allWritten - whether the kernel has taken all that the socket was given
   */
  isComplete(allWritten: boolean): boolean {
    if (!allWritten || this.before < 0) return false
    const head = (this.res as { _header?: unknown })._header
    if (typeof head !== 'string' || head === '') return false
    const length = this.hasBody ? bodyLength(head) : 0
    return length !== undefined && this.socket.bytesWritten - this.before >= head.length + length
  }

  /** False for HEAD, 204 and 304. */
  private get hasBody(): boolean {
    return (this.res as { _hasBody?: unknown })._hasBody !== false
  }
}

function bodyLength(head: string): number | undefined {
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1]
  return length === undefined ? undefined : Number(length)
}

/** HTTP/2, objects that only look like a response, and responses that were taken off their socket or put on another one. */
function onFinishedElsewhere(res: ServerResponse, done: (statusCode: number) => void): void {
  // It is loaded here, since most processes never need it.
  const listen = require('on-finished') as typeof import('on-finished')
  const stream = http2StreamOf(res)
  if (stream !== undefined) {
    listen(res, () => done(isStreamComplete(stream) ? streamStatus(stream, res) : CLIENT_CLOSED_REQUEST))
  } else {
    listen(res, (error) => done(error === null && isEnded(res) ? statusOf(res) : CLIENT_CLOSED_REQUEST))
  }
}

function http2StreamOf(res: ServerResponse): ServerHttp2Stream | undefined {
  return (res as unknown as Partial<Http2ServerResponse>).stream
}

const NO_ERROR = 0

function isStreamComplete(stream: ServerHttp2Stream): boolean {
  return !stream.aborted && stream.writableFinished && (stream.rstCode ?? NO_ERROR) === NO_ERROR
}

/** An app may answer on the stream itself, of which the response then knows nothing. */
function streamStatus(stream: ServerHttp2Stream, res: ServerResponse): number {
  const sent = Number(stream.sentHeaders?.[':status'])
  return Number.isInteger(sent) ? sent : statusOf(res)
}

/**
 * Whether the app has ended a response. `writableEnded` tells the same, but is
 * a getter, which takes V8 long on the object of its own kind that a response
 * of Express's is.
 */
export function isEnded(res: ServerResponse): boolean {
  return res.finished
}

/** Node fails the requests of a connection that closes before they are answered. */
function hasFailed({ errored }: IncomingMessage): boolean {
  return errored !== null && errored !== undefined
}

/** A getter of the app's may be in the way. */
function statusOf(res: ServerResponse): number {
  try {
    return Number(res.statusCode) | 0
  } catch {
    return 0
  }
}
