import type { Stretch } from '../../figures/held-loop'
import type { FinishedCall, FinishedHandler, FinishedRequest } from '../../figures/request'
import { count, fields, list, notNegative, number, text, time } from './checked-json'

/** The longest URL, in characters: four times what Node takes unless it is told otherwise. */
const MAX_URL = 64 * 1024

/** The largest id or status: these are 32-bit integers in the probes. */
const MAX_INT = 2 ** 31 - 1

/**
 * Reads a request as far as an app's process and a recording tell of it in the same words.
 *
 * @param path - its route's path; empty or undefined where it is not known
 * @throws Malformed for what is none
 */
export function readRequest(value: unknown, path: unknown): Omit<FinishedRequest, 'pid'> {
  const told = fields(value)
  const { requestHeaders, heldByOthers, callsLeftOut } = told
  const url = text(told.url)
  return {
    id: Math.min(count(told.id), MAX_INT),
    method: text(told.method),
    url: url.slice(0, MAX_URL),
    urlCut: told.urlCut === true || url.length > MAX_URL,
    route: text(told.route),
    ...(path === undefined || path === '' ? {} : { routePath: text(path) }),
    status: readStatus(told.status),
    startMs: time(told.startMs),
    durationNs: notNegative(told.durationNs),
    ...(requestHeaders === undefined ? {} : { requestHeaders: text(requestHeaders) }),
    ...(heldByOthers === undefined ? {} : { heldByOthers: readStretches(heldByOthers) }),
    ...(callsLeftOut === undefined ? {} : { callsLeftOut: count(callsLeftOut) }),
    handlers: list(told.handlers).map(readHandler)
  }
}

function readStatus(value: unknown): number {
  return Math.min(MAX_INT, Math.trunc(notNegative(value)))
}

function readHandler(value: unknown): FinishedHandler {
  const told = fields(value)
  return {
    name: text(told.name),
    location: text(told.location),
    startNs: number(told.startNs),
    durationNs: notNegative(told.durationNs),
    ...(told.busyNs === undefined ? {} : { busyNs: notNegative(told.busyNs) }),
    ...(told.calls === undefined ? {} : { calls: list(told.calls).map(readCall) })
  }
}

function readCall(value: unknown): FinishedCall {
  const told = fields(value)
  return {
    method: text(told.method),
    host: text(told.host),
    path: text(told.path),
    status: readStatus(told.status),
    error: text(told.error),
    startNs: number(told.startNs),
    respondedNs: notNegative(told.respondedNs),
    durationNs: notNegative(told.durationNs),
    over: told.over === true
  }
}

function readStretches(value: unknown): Stretch[] {
  return list(value).map((each) => {
    const [startNs, durationNs] = list(each)
    return [number(startNs), notNegative(durationNs)]
  })
}
