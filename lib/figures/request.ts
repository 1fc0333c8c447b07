/** One request that is done. */
export interface FinishedRequest {
  pid: number
  /** The probes' id (contract rule 2). */
  id: number
  method: string
  url: string
  /** Whether the URL was longer than what the tracer copies. */
  urlCut: boolean
  route: string
  status: number
  /** When route-start fired, in milliseconds since 1970. */
  startMs: number
  durationNs: number
  /** In the order in which they began. */
  handlers: FinishedHandler[]
}

export interface FinishedHandler {
  name: string
  route: string
  /** From the request's start. */
  startNs: number
  durationNs: number
}
