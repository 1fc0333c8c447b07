import type { FinishedHandler } from '../../figures/request'
import { fields, number, text } from './checked'

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
