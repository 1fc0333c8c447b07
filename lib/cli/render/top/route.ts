import { type HandlerFigures, mergedHandlers } from '../../../figures/figures'
import type { RouteMinute } from '../../../figures/history'
import type { FinishedRequest } from '../../../figures/request'
import { isError } from '../../../figures/status-code'
import { joined, line, type Printable, printable } from '../../printable'
import type { Style } from '../../terminal/style'
import { duration } from '../duration'
import { handlerTitle, type Names, routeTitle } from '../names'
import { percent } from '../percent'
import { cut, cutMiddle, fit, lengthOf, padStart, widest } from '../text'
import { timeOfDay } from '../time'
import { sparkLine } from './heading'
import { rate } from './rates'

/** One route, opened. */
export interface RoutePage {
  /** The route's name in the probes. */
  route: string
  /** The route's last minute; undefined where it had no request in it. */
  minute: RouteMinute | undefined
  /**
   * The slowest requests of the last minute, the slowest first; or a sentence that says why none are known.
   */
  slow: readonly FinishedRequest[] | string
}

interface PageStyle {
  width: number
  height: number
  names: Names
  style: Style
}

/** The least number of slow requests that have a line, where there is so little room. */
const LEAST_SLOW = 4

/** The lines of the page, no more than so many. */
export function routeLines({ route, minute, slow }: RoutePage, page: PageStyle): Printable[] {
  const { width, height, names, style } = page
  if (minute === undefined)
    return [
      style('bold', cut(printable(route), width)),
      cut(line`no request reached it in the last minute`, width)
    ]
  const { rates, p99PerSecond } = minute
  const top = [
    style('bold', cut(titleOf(minute, names), width)),
    cut(summaryOf(minute), width),
    cut(quantilesOf(minute), width),
    cut(sparkLine(line`req/s`, rates.perSecond, rate, width), width),
    cut(sparkLine(line`p99  `, p99PerSecond, duration, width), width),
    line``
  ]
  const handlers = handlerLines(minute, page)
  const requests = slowLines(slow, page)
  // Slow requests get what handlers leave, and a few lines in any case.
  const room = Math.max(2, height - top.length - 1 - Math.min(requests.length, LEAST_SLOW + 1))
  const shown = handlers.slice(0, handlers.length > room ? room - 1 : room)
  if (shown.length < handlers.length)
    shown.push(cut(line`… ${handlers.length - shown.length} more handlers`, width))
  return [...top, ...shown, line``, ...requests].slice(0, height)
}

function titleOf({ rates }: RouteMinute, names: Names): Printable {
  const title = routeTitle(rates.route, rates, names)
  const other = routeTitle(rates.route, rates, names === 'path' ? 'probe' : 'path')
  return title === other ? title : line`${title}  (${other})`
}

function summaryOf({ rates }: RouteMinute): Printable {
  const { requestsPerSecond, errorsPerSecond, timeShare } = rates
  return line`${rate(requestsPerSecond)} req/s  ${rate(errorsPerSecond)} err/s  ${percent(timeShare)} of all time in routes`
}

function quantilesOf({ rates }: RouteMinute): Printable {
  const { p50Ns, p90Ns, p99Ns, maxNs, overSeconds, overRequests } = rates
  const quantiles = line`p50 ${duration(p50Ns)}  p90 ${duration(p90Ns)}  p99 ${duration(p99Ns)}  max ${duration(maxNs)}`
  return line`${quantiles}  of ${overRequests} requests in ${Math.round(overSeconds)} s`
}

interface HandlerColumn {
  heading: string
  width: number
  text(handler: HandlerFigures): Printable
}

function columnsFor({ figures, rates }: RouteMinute): HandlerColumn[] {
  const average = (handler: HandlerFigures, ns: number) => duration(ns / Math.max(1, handler.durations.count))
  return [
    {
      heading: 'RUNS/S',
      width: 7,
      text: ({ durations }) => rate(durations.count / Math.max(rates.overSeconds, 0.001))
    },
    { heading: 'P50', width: 7, text: ({ durations }) => duration(durations.quantile(0.5)) },
    { heading: 'P99', width: 7, text: ({ durations }) => duration(durations.quantile(0.99)) },
    {
      heading: 'BUSY',
      width: 7,
      text: (handler) => (handler.busyNs === undefined ? line`` : average(handler, handler.busyNs))
    },
    {
      heading: 'WAITING',
      width: 7,
      text: (handler) =>
        handler.busyNs === undefined
          ? line``
          : average(handler, Math.max(0, handler.durations.sumNs - handler.busyNs))
    },
    {
      heading: 'OF ROUTE',
      width: 8,
      text: ({ durations }) =>
        percent(figures.requests.sumNs > 0 ? Math.min(1, durations.sumNs / figures.requests.sumNs) : 0)
    }
  ]
}

const GAP = ' '
const NAME = 'HANDLER'
const WHERE = 'WHERE'
/** Where there are fewer columns for both, a handler has its name or its place. */
const LEAST_WITH_PLACES = 26

/** A handler's name, for a table that tells where it is written anyway. */
function nameOf(handler: HandlerFigures): Printable {
  const title = handlerTitle(handler)
  return title === printable(handler.location) ? line`(no name)` : title
}

/** The route's handlers; the first is the one that takes most of its time. */
function handlerLines(minute: RouteMinute, { width, style }: PageStyle): Printable[] {
  const handlers = mergedHandlers(minute.figures.handlers.values()).sort(
    (a, b) => b.durations.sumNs - a.durations.sumNs
  )
  const columns = columnsFor(minute)
  const figuresWidth = () => columns.reduce((sum, column) => sum + column.width + GAP.length, 0)
  // On a narrow screen the first columns give way; the one that tells where a handler's time went is the last
  // to go.
  while (columns.length > 2 && width - figuresWidth() < 20) columns.shift()
  const room = Math.max(2, width - figuresWidth())
  const hasPlaces = room >= LEAST_WITH_PLACES && handlers.some(({ location }) => location !== '')
  const names = handlers.map((handler) => (hasPlaces ? nameOf(handler) : handlerTitle(handler)))
  const places = handlers.map(({ location }) => printable(location))
  const wanted = hasPlaces ? widest([WHERE, ...places]) + GAP.length : 0
  const nameWidth = Math.min(widest([NAME, ...names]), Math.max(Math.floor(room / 2), room - wanted))
  const placeWidth = Math.min(wanted, room - nameWidth) - GAP.length
  const lineOf = (name: Printable, place: Printable, cells: Printable[]) =>
    joined(
      [
        fit(name, nameWidth),
        ...(hasPlaces ? [fit(place, placeWidth)] : []),
        ...cells.map((cell, index) => padStart(cell, columns[index]?.width ?? 0))
      ],
      GAP
    )
  const heading = lineOf(
    printable(NAME),
    printable(WHERE),
    columns.map((column) => printable(column.heading))
  )
  return [
    style('underline', heading),
    ...handlers.map((handler, index) =>
      lineOf(
        names[index] as Printable,
        places[index] as Printable,
        columns.map(({ text }) => text(handler))
      )
    )
  ]
}

function slowLines(slow: RoutePage['slow'], { width, style }: PageStyle): Printable[] {
  const heading = style('underline', cut(line`SLOWEST REQUESTS OF THE LAST MINUTE`, width))
  if (typeof slow === 'string') return [heading, cut(printable(slow), width)]
  if (slow.length === 0) return [heading, cut(line`none yet`, width)]
  return [
    heading,
    ...slow.map(({ startMs, durationNs, status, method, url }) => {
      const before = line`${timeOfDay(new Date(startMs))}  ${padStart(duration(durationNs), 7)}  `
      const code = line`${status}`
      const room = width - lengthOf(before) - lengthOf(code) - 2
      const painted = isError(status) ? style('red', code) : code
      return line`${before}${painted}  ${cutMiddle(printable(`${method} ${url}`), Math.max(0, room))}`
    })
  ]
}
