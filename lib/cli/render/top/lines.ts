import type { Rates } from '../../../figures/rates'
import { joined, line, type Printable, printable } from '../../printable'
import { duration } from '../duration'
import { type Names, routeTitle } from '../names'
import { percent } from '../percent'
import { fit, lengthOf, padStart } from '../text'
import { rate, slowestTitle } from './rates'

const COLUMNS: { heading: string; width: number; text(rates: Rates): Printable }[] = [
  { heading: 'REQ/S', width: 7, text: (rates) => rate(rates.requestsPerSecond) },
  { heading: 'ERR/S', width: 6, text: (rates) => rate(rates.errorsPerSecond) },
  { heading: 'P50', width: 7, text: (rates) => duration(rates.p50Ns) },
  { heading: 'P90', width: 7, text: (rates) => duration(rates.p90Ns) },
  { heading: 'P99', width: 7, text: (rates) => duration(rates.p99Ns) },
  { heading: 'MAX', width: 7, text: (rates) => duration(rates.maxNs) }
]

/** The heading where there is no terminal, for a line a route and second. */
export function topHeading(): Printable {
  const cells = COLUMNS.map(({ heading, width }) => padStart(printable(heading), width))
  return lineOf('TIME', line`ROUTE`, cells, line`SLOWEST HANDLER`, line`SHARE`)
}

/** The line of a route, with whole names, its fields under those of {@link topHeading}. */
export function topLine(rates: Rates, time: string, names: Names = 'path'): Printable {
  const cells = COLUMNS.map(({ text, width }) => padStart(text(rates), width))
  const share = rates.slowest === undefined ? line`` : percent(rates.slowest.share)
  return lineOf(time, routeTitle(rates.route, rates, names), cells, slowestTitle(rates, '-'), share)
}

function lineOf(
  time: string,
  route: Printable,
  cells: Printable[],
  handler: Printable,
  share: Printable
): Printable {
  return joined(
    [printable(time.padEnd(8)), fit(route, Math.max(24, lengthOf(route))), ...cells, handler, share],
    ' '
  )
}
