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
  /** When it held the event loop after it had let go of it, from the request's start; undefined where that is not known. */
  heldLater?: readonly Stretch[]
}
