import type { Stretch } from './held-loop'

/** One request that is done. */
export interface FinishedRequest {
  pid: number
  /** The probes' id: unique among the requests that are in flight in its process. */
  id: number
  method: string
  url: string
  /** Whether the URL was longer than what the tracer copies. */
  urlCut: boolean
  /** The name of the last route that ran for it. */
  route: string
  /** The route's path as written in the app, `/api/users/:id`; empty or undefined where it is not known. */
  routePath?: string
  status: number
  /** The time at which route-start fired, in milliseconds since 1970. */
  startMs: number
  durationNs: number
  /** A JSON object; undefined where headers were not asked for. */
  requestHeaders?: string
  responseHeaders?: string
  /** The address at the other end of the connection; empty or undefined where it is not known. */
  client?: string
  /** The number of the thread that served it, 0 for the main one; undefined where only the process is known. */
  thread?: number
  /** Parts of its time in which handlers of other requests held the event loop; undefined where that is not known. */
  heldByOthers?: readonly Stretch[]
  /** The handlers in the order in which they began. */
  handlers: FinishedHandler[]
  /** The number of calls that its handlers made and that are not told of; undefined where calls were not asked for. */
  callsLeftOut?: number
}

export interface FinishedHandler {
  name: string
  /** `file:line` where its function was written; empty where that is not known. */
  location: string
  /** The start, counted from the request's. */
  startNs: number
  durationNs: number
  /** The time for which it held the event loop; undefined where that is not known. */
  busyNs?: number
  /**
   * The times at which it held the event loop after it had let go of it, from the request's start; undefined
   * where they are not known.
   */
  heldLater?: readonly Stretch[]
  /** The calls that it made of its own, in the order in which they began; undefined where they were not asked for. */
  calls?: FinishedCall[]
}

/** A call that a handler made of its own, by node:http, node:https or undici. */
export interface FinishedCall {
  method: string
  /** The host, and the port if it is no usual one. */
  host: string
  /** The path without its query. */
  path: string
  /** 0 where no response had come. */
  status: number
  /** An error's code or name, such as `ECONNREFUSED`; empty where there was none. */
  error: string
  /** The start, counted from the request's. */
  startNs: number
  /** The time until the response's headers had come; 0 where they had not. */
  respondedNs: number
  /** The time until it was over, or until the request was done. */
  durationNs: number
  /** False for a call that was under way when the request was done. */
  over: boolean
}
