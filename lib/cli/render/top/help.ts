import { ENOUGH_REQUESTS, KEPT_SECONDS, RATE_SECONDS } from '../../../figures/history'
import { line, type Printable, printable } from '../../printable'
import type { Style } from '../../terminal/style'
import { cut } from '../text'

const KEYS: [keys: string, what: string][] = [
  ['↑ ↓  j k', 'select a route; page up, page down, home and end too'],
  ['enter  esc', 'open it, with its handlers and slowest requests; go back'],
  ['← →  < >', 'sort by the next column; or r e t 5 9 0 m s for one of them'],
  ['/  esc', 'only routes and handlers whose names have a text; all again'],
  ['space  p', 'pause, and go on'],
  ['q', 'quit']
]

const COLUMNS: [heading: string, what: string][] = [
  ['REQ/S ERR/S', `requests and errors a second, in the last ${RATE_SECONDS} seconds: an error`],
  ['', 'has a status of 500 or more, or a client that did not wait'],
  ['TIME%', "the route's share of all time that was spent in routes"],
  ['P50 P90 P99', 'so many percent of its requests took no longer'],
  ['MAX', 'its longest request'],
  ['OVER', `the latest seconds that quantiles, MAX and handlers are of: as`],
  ['', `many as had ${ENOUGH_REQUESTS} requests, and ${KEPT_SECONDS} at most. Of fewer requests,`],
  ['', 'P90 and P99 are dim'],
  ['OF ROUTE', "the slowest handler's share of its route's time"],
  ['BUSY WAITING', 'how long a run held the event loop on average, and how long not']
]

const KEYS_WIDTH = 14

/** The help tells what keys do and what columns mean. It fits a screen of 80 columns and 24 lines. */
export function helpLines(width: number, style: Style): Printable[] {
  const part = (heading: string, lines: [string, string][]) => [
    style('bold', cut(printable(heading), width)),
    ...lines.map(([first, what]) =>
      cut(line`  ${printable(first.padEnd(KEYS_WIDTH))}${printable(what)}`, width)
    )
  ]
  return [...part('Keys', KEYS), line``, ...part('Columns', COLUMNS)]
}
