import type { HeaderSource } from './backend'
import type { Name } from './names'

/**
 * One request that is done, with all its handlers, as a direct consumer gets it:
 * one call for each request, and objects that the trace has in any case.
 *
 * Times are milliseconds of `performance.now()`, with their fractions.
 */
export interface RequestRecord {
  readonly id: number
  readonly server: Name
  /** The last route that ran: it names the request (contract rule 5). */
  readonly route: Name
  /** The path of that route as written in the app, such as `/api/users/:id`; empty where no route is known (contract rule 15). */
  readonly routePath: string
  /** The method in upper case, as the client sent it. */
  readonly method: string
  /** The path and query that the client asked for, redacted as the app wants. */
  readonly url: string
  readonly requestHeaders: HeaderSource
  /** The address at the other end of the connection; empty where it is not known. */
  readonly client: string
  readonly responseHeaders: HeaderSource
  readonly statusCode: number
  readonly startedAt: number
  readonly duration: number
  /**
   * The first handler in the order in which they began; the others follow by `nextHandler`. Null where no consumer wanted
   * handlers as the request began.
   */
  readonly firstHandler: HandlerRecord | null
  /** The number of calls that its handlers made and that are not among those of {@link HandlerRecord.firstCall}. */
  readonly callsLeftOut: number
}

export interface HandlerRecord {
  /** The function's name, or `handler-N` (contract rule 6). */
  readonly handler: Name
  /** Whether the function has a name of its own. */
  readonly named: boolean
  /** The place at which the function was written, `file:line`; empty while it is not known (contract rule 13). */
  readonly location: string
  /** The same object for the same function: tells whose a location is that becomes known late. */
  readonly source: object
  readonly startedAt: number
  readonly duration: number
  /** The part of its duration for which it held the event loop: until it returned or passed control on (contract rule 14). */
  readonly busy: number
  readonly nextHandler: HandlerRecord | null
  /** The first call that it made of its own; null where it made none, or no consumer wanted calls as the request began. */
  readonly firstCall: CallRecord | null
}

/** A call that a handler made by node:http, node:https or undici, as `fetch` does. */
export interface CallRecord {
  readonly method: string
  /** The host and the port, if it is no usual one. */
  readonly host: string
  /** The path without its query. */
  readonly path: string
  /** 0 where no response has come. */
  readonly status: number
  /** An error's code or name, such as `ECONNREFUSED`; empty where there was none. */
  readonly error: string
  readonly startedAt: number
  /** The time at which the response's headers had come; 0 where they have not. */
  readonly respondedAt: number
  /** The time at which all was over; 0 where it was not when the request was done. */
  readonly endedAt: number
  readonly nextCall: CallRecord | null
}

/** A consumer in this process that is called directly, such as the aggregator. */
export interface RecordConsumer {
  /**
   * False for a consumer that needs no handlers: where nobody wants them, they are not followed. It is read
   * as each request begins.
   */
  readonly wantsHandlers?: boolean
  /**
   * True for a consumer that wants to know of the calls that handlers make, which is found out for nobody
   * else. It is read once.
   */
  readonly wantsCalls?: boolean
  /** It is called once for each request that began while this consumer was there. It must not throw. */
  requestDone(request: RequestRecord): void
}
