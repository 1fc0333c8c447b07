import type { Rates } from '../../../figures/rates'
import { line, type Printable, printable } from '../../printable'
import { handlerTitle } from '../names'

/** Requests or errors a second. */
export function rate(perSecond: number): Printable {
  if (perSecond === 0) return line`0`
  return printable(perSecond.toFixed(perSecond >= 99.95 ? 0 : 1))
}

/** The handler in which most of a route's time went. */
export function slowestTitle({ slowest }: Rates, none: string): Printable {
  if (slowest === undefined) return printable(none)
  return handlerTitle({ name: slowest.name, location: slowest.location ?? '' })
}
