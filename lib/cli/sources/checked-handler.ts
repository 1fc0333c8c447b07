import type { Stretch } from '../../figures/held-loop'
import type { FinishedHandler } from '../../figures/request'
import { fields, list, number, text } from './checked'

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
    ...(told.busyNs === undefined ? {} : { busyNs: number(told.busyNs) })
  }
}

/** @throws Malformed for what is no list of stretches */
export function readStretches(value: unknown): Stretch[] {
  return list(value).map((each) => {
    const [startNs, durationNs] = list(each)
    return [number(startNs), number(durationNs)]
  })
}
