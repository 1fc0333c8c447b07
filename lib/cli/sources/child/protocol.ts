import type { FinishedRequest } from '../../../figures/request'
import type { ServerReport } from '../../../inject/report'
import type { LoopBeat } from '../told-loop'

/** The environment variable with the socket at which the command waits for the processes that it starts. */
export const SOCKET_VARIABLE = 'RESTIFY_PROBES_SOCKET'

/** This variable is set where headers of requests are wanted: to make them takes time. */
export const HEADERS_VARIABLE = 'RESTIFY_PROBES_HEADERS'

/** This variable is set where each time is wanted at which an event loop was late or garbage was collected. */
export const MOMENTS_VARIABLE = 'RESTIFY_PROBES_MOMENTS'

/**
 * The longest line, in characters: a request of a thousand handlers has a tenth of that. A longer one costs
 * its connection.
 */
export const MAX_LINE = 1024 * 1024

/** The messages of a process that was started, a line of JSON each. The first says who it is. */
export type ChildReport =
  | { pid: number }
  /** The process has called restifyProbes(). */
  | { called: true }
  /** The finding of an injection behind one of its servers. */
  | { server: ServerReport }
  | { request: FinishedRequest }
  /** The event loop of one of its threads, which is sent once a second; thread 0 is the main one. */
  | { loop: { pid: number; thread: number; beat: LoopBeat } }
  | { lost: number }

/** The command's answer when it wants no more. The process sends what it has not sent yet, and that is all. */
export const ENOUGH = 'enough\n'
