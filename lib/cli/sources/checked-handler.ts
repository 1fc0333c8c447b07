import type { Stretch } from '../../figures/held-loop'
import type { FinishedCall, FinishedHandler } from '../../figures/request'
import { fields, list, number, text } from './checked-json'

/**
 * A handler of a request, as an app's process tells of it.
 *
 * @throws Malformed for what is none
 */
export function readHandler(value: unknown): FinishedHandler {
  const told = fields(value)
  return {
    name: text(told.name),
    location: text(told.location),
    startNs: number(told.startNs),
    durationNs: number(told.durationNs),
    ...(told.busyNs === undefined ? {} : { busyNs: number(told.busyNs) }),
    ...(told.calls === undefined ? {} : { calls: list(told.calls).map(readCall) })
  }
}

function readCall(value: unknown): FinishedCall {
  const told = fields(value)
  return {
    method: text(told.method),
    host: text(told.host),
    path: text(told.path),
    status: number(told.status),
    error: text(told.error),
    startNs: number(told.startNs),
    respondedNs: number(told.respondedNs),
    durationNs: number(told.durationNs),
    over: told.over === true
  }
}

/** @throws Malformed for what is no list of stretches */
export function readStretches(value: unknown): Stretch[] {
  return list(value).map((each) => {
    const [startNs, durationNs] = list(each)
    return [number(startNs), number(durationNs)]
  })
}
