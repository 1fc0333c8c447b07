import type { FinishedRequest } from '../../../figures/request'
import { readServer } from '../../inject/read-report'
import { readHandler, readStretches } from '../checked-handler'
import { count, fields, list, number, parseJson, text, time } from '../checked-json'
import type { Report } from './protocol'

/** The longest URL, in characters: four times what Node takes unless it is told otherwise. */
const MAX_URL = 64 * 1024

/** The largest id or status: these are 32-bit integers in the probes. */
const MAX_INT = 2 ** 31 - 1

/**
 * Reads a line from a process of a started app. The app may have given the connection to anybody.
 *
 * @throws Malformed for what is no report
 */
export function readReport(line: string): Report {
  const told = fields(parseJson(line))
  if ('request' in told) return { request: readRequest(told.request) }
  if ('pid' in told) return { pid: count(told.pid) }
  if ('called' in told) return { called: true }
  if ('server' in told) return { server: readServer(told.server) }
  return { lost: count(told.lost) }
}

function readRequest(value: unknown): FinishedRequest {
  const told = fields(value)
  const url = text(told.url)
  return {
    pid: count(told.pid),
    id: Math.min(count(told.id), MAX_INT),
    method: text(told.method),
    url: url.slice(0, MAX_URL),
    urlCut: told.urlCut === true || url.length > MAX_URL,
    route: text(told.route),
    ...(told.routePath === undefined ? {} : { routePath: text(told.routePath) }),
    status: Math.min(count(told.status), MAX_INT),
    startMs: time(told.startMs),
    durationNs: number(told.durationNs),
    ...(told.requestHeaders === undefined ? {} : { requestHeaders: text(told.requestHeaders) }),
    ...(told.heldByOthers === undefined ? {} : { heldByOthers: readStretches(told.heldByOthers) }),
    handlers: list(told.handlers).map(readHandler)
  }
}
