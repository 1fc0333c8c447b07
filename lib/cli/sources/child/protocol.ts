import type { FinishedRequest } from '../../../figures/request'
import type { ServerReport } from '../../../inject/report'

/** Where the command waits for the processes that it starts. */
export const SOCKET_VARIABLE = 'RESTIFY_PROBES_SOCKET'

/** In characters: a request of a thousand handlers has a tenth of that. A longer line costs its connection. */
export const MAX_LINE = 1024 * 1024

/** What a process that was started sends, a line of JSON each; first, who it is. */
export type Report =
  | { pid: number }
  /** It has called restifyProbes(). */
  | { called: true }
  /** What was found behind a server of its own. */
  | { server: ServerReport }
  | { request: FinishedRequest }
  | { lost: number }

/** What the command answers when it wants no more: what has not been sent yet is to be sent, and that is all. */
export const ENOUGH = 'enough\n'
