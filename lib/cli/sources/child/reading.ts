import type { FinishedRequest } from '../../../figures/request'
import { readServer } from '../../inject/read-report'
import { count, fields, parseJson, text } from '../checked-json'
import { readRequest } from '../checked-request'
import { readLoopBeat } from '../told-loop'
import type { ChildReport } from './protocol'

/**
 * Reads a line from a process of a started app. The app may have given the connection to anybody.
 *
 * @throws Malformed for what is no report
 */
export function readChildReport(line: string): ChildReport {
  const told = fields(parseJson(line))
  if ('request' in told) return { request: readReported(told.request) }
  if ('pid' in told) return { pid: count(told.pid) }
  if ('called' in told) return { called: true }
  if ('loop' in told) return { loop: readLoop(told.loop) }
  if ('server' in told) return { server: readServer(told.server) }
  return { lost: count(told.lost) }
}

function readReported(value: unknown): FinishedRequest {
  const { pid, thread, routePath, responseHeaders } = fields(value)
  return {
    pid: count(pid),
    ...(thread === undefined ? {} : { thread: count(thread) }),
    ...readRequest(value, routePath),
    ...(responseHeaders === undefined ? {} : { responseHeaders: text(responseHeaders) })
  }
}

function readLoop(value: unknown): Extract<ChildReport, { loop: unknown }>['loop'] {
  const { pid, thread, beat } = fields(value)
  return { pid: count(pid), thread: count(thread), beat: readLoopBeat(beat) }
}
