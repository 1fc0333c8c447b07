import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'

/**
 * The sessions of an HTTP/2 server that Node never ends. Where the event loop stops for some ten milliseconds while a
 * client goes away, Node 20 may forget a write: the stream is closed, and its response is never finished. Its session
 * then waits for it for ever, and reads no more, so that it does not see the client's end. It needs no middleware for that.
 */
export class StuckSessions {
  readonly #streams = new Map<ServerHttp2Session, Set<ServerHttp2Stream>>()
  #ended = 0

  constructor(server: Http2Server) {
    server.on('session', (session: ServerHttp2Session) => {
      const streams = new Set<ServerHttp2Stream>()
      this.#streams.set(session, streams)
      session.on('close', () => this.#streams.delete(session))
      session.on('stream', (stream: ServerHttp2Stream) => {
        streams.add(stream)
        stream.on('close', () => streams.delete(stream))
      })
    })
  }

  /** Ends those that are stuck in this way, and no others, when no client is there. */
  end(): void {
    for (const [session, streams] of this.#streams) {
      if (!session.closed || ![...streams].some(isForgotten)) continue
      this.#ended++
      session.destroy()
    }
  }

  /** The number of sessions that had to be ended. */
  get ended(): number {
    return this.#ended
  }
}

/** A stream that is over on the wire, whose last write Node has not told to be done. */
function isForgotten(stream: ServerHttp2Stream): boolean {
  return (
    stream.closed &&
    !stream.destroyed &&
    stream.rstCode === 0 &&
    stream.writableEnded &&
    !stream.writableFinished
  )
}
