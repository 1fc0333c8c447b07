import { type Rates, SORTS, type Sort, sorted } from '../../figures/rates'
import { joined, line, type Printable, printable } from '../printable'
import { plain, type Style } from '../terminal/style'
import { duration } from './duration'
import { handlerTitle, routeTitle } from './names'
import { cut, fit, lengthOf, pad, padStart } from './text'

/** What the screen shows. */
export interface TopView {
  title: Printable
  rates: readonly Rates[]
  sort: Sort
  paused: boolean
  /** What there is to tell beside figures, such as that the process has ended. */
  note?: string | undefined
  lost: number
  /** Of the event loops in the last second, where processes tell of them. */
  loop?: Printable | undefined
}

interface Column {
  heading: string
  width: number
  sort?: Sort
  text(rates: Rates): Printable
}

const ROUTE_HEADING = 'ROUTE'
const HANDLER_HEADING = 'SLOWEST HANDLER'
const SHORT_HANDLER_HEADING = 'HANDLER'
const FIGURE = 7
const SHARE = 6

const FIGURES: Column[] = [
  { heading: 'REQ/S', width: FIGURE, sort: 'requests', text: (rates) => rate(rates.requestsPerSecond) },
  { heading: 'ERR/S', width: 6, sort: 'errors', text: (rates) => rate(rates.errorsPerSecond) },
  { heading: 'P50', width: FIGURE, sort: 'p50', text: (rates) => duration(rates.p50Ns) },
  { heading: 'P90', width: FIGURE, sort: 'p90', text: (rates) => duration(rates.p90Ns) },
  { heading: 'P99', width: FIGURE, sort: 'p99', text: (rates) => duration(rates.p99Ns) },
  { heading: 'MAX', width: FIGURE, sort: 'max', text: (rates) => duration(rates.maxNs) }
]

const SHARE_COLUMN: Column = {
  heading: 'SHARE',
  width: SHARE,
  sort: 'share',
  text: ({ slowest }) => (slowest === undefined ? line`` : line`${Math.round(slowest.share * 100)} %`)
}

/** The narrowest that a name's column gets before columns of figures are left out. */
const MIN_NAME = 12

/** The lines of the screen, none of them wider than it is and no more than it has. */
export function topLines(view: TopView, width: number, height: number, style: Style = plain): Printable[] {
  const { heading, rows } = table(view, width, style)
  const room = Math.max(0, height - 4)
  const shown = rows.slice(0, rows.length > room ? Math.max(0, room - 1) : room)
  const lines = [
    style('bold', cut(titleLine(view), width)),
    cut(summaryLine(view), width),
    style('inverse', pad(heading, width)),
    ...shown
  ]
  if (shown.length < rows.length) lines.push(cut(line`… ${rows.length - shown.length} more routes`, width))
  while (lines.length < height - 1) lines.push(line``)
  lines.push(style('dim', cut(keysLine(view), width)))
  return lines.slice(0, height)
}

/** What stays on the terminal when the screen is gone: every route, and whole names, as wide as they are. */
export function lastLines(view: TopView, style: Style = plain): Printable[] {
  const { heading, rows } = table(view, Number.POSITIVE_INFINITY, style)
  return [style('bold', titleLine(view)), summaryLine(view), style('inverse', heading), ...rows]
}

function table(view: TopView, width: number, style: Style): { heading: Printable; rows: Printable[] } {
  const { figures, routeWidth, handlerWidth } = layout(view.rates, width)
  const handlerHeading = handlerWidth < HANDLER_HEADING.length ? SHORT_HANDLER_HEADING : HANDLER_HEADING
  const heading = row(
    routeWidth,
    handlerWidth,
    printable(ROUTE_HEADING),
    printable(handlerHeading),
    figures,
    (column) => printable(column.sort === view.sort ? `${column.heading}▾` : column.heading)
  )
  const rows = sorted(view.rates, view.sort).map((rates) => {
    const name = slowestTitle(rates, '')
    const line = row(routeWidth, handlerWidth, routeTitle(rates.route, rates), name, figures, ({ text }) =>
      text(rates)
    )
    return rates.errorsPerSecond > 0 ? style('red', cut(line, width)) : cut(line, width)
  })
  return { heading: cut(heading, width), rows }
}

function titleLine({ title, paused }: TopView): Printable {
  return line`${paused ? line`[paused] ` : line``}restify-probes top: ${title}`
}

function summaryLine({ rates, note, lost, loop }: TopView): Printable {
  const sum = (figure: (rates: Rates) => number) => rates.reduce((total, each) => total + figure(each), 0)
  const parts = [
    line`${rate(sum((each) => each.requestsPerSecond))} requests/s`,
    line`${rate(sum((each) => each.errorsPerSecond))} errors/s`,
    line`${rates.length} routes`
  ]
  if (loop !== undefined) parts.push(loop)
  if (lost > 0) parts.push(line`${lost} lost`)
  // Figures may be cut off on a narrow screen, a note may not.
  if (note !== undefined) parts.unshift(printable(note))
  return joined(parts, '   ')
}

function keysLine({ sort }: TopView): Printable {
  const keys = Object.entries(SORTS).map(([name, { key }]) =>
    name === sort ? `[${key} ${name}]` : `${key} ${name}`
  )
  // First what nobody may miss on a narrow screen.
  return printable(`q quit  p pause   sort: ${keys.join('  ')}`)
}

/** Names get what figures leave; from the right, figures give way on a narrow screen. */
function layout(rates: readonly Rates[], width: number) {
  const figures = [...FIGURES]
  const taken = () => figures.reduce((sum, column) => sum + column.width + 1, SHARE + 2)
  while (figures.length > 1 && width - taken() < 2 * MIN_NAME) figures.pop()
  const room = Math.max(2, width - taken())
  const longest = (heading: string, names: Printable[]) => Math.max(heading.length, ...names.map(lengthOf))
  const routes = longest(
    ROUTE_HEADING,
    rates.map((each) => routeTitle(each.route, each))
  )
  const handlers = longest(
    SHORT_HANDLER_HEADING,
    rates.map((each) => slowestTitle(each, ''))
  )
  const routeWidth = Math.min(routes, Math.max(Math.floor(room / 2), room - handlers))
  // The long heading gets only what names leave.
  const handlerWidth = Math.min(Math.max(handlers, HANDLER_HEADING.length), room - routeWidth)
  return { figures, routeWidth, handlerWidth }
}

function slowestTitle({ slowest }: Rates, none: string): Printable {
  if (slowest === undefined) return printable(none)
  return handlerTitle({ name: slowest.name, location: slowest.location ?? '' })
}

function row(
  routeWidth: number,
  handlerWidth: number,
  route: Printable,
  handler: Printable,
  figures: readonly Column[],
  text: (column: Column) => Printable
): Printable {
  const cells = figures.map((column) => padStart(text(column), column.width))
  const share = padStart(text(SHARE_COLUMN), SHARE)
  return joined([fit(route, routeWidth), ...cells, fit(handler, handlerWidth), share], ' ')
}

/** Requests or errors a second. */
export function rate(perSecond: number): Printable {
  if (perSecond === 0) return line`0`
  return printable(perSecond.toFixed(perSecond >= 99.95 ? 0 : 1))
}

/** For what is no terminal: a line a route, its fields in the table's order and under its headings. */
export function topHeading(): Printable {
  return plainLine('TIME', printable(ROUTE_HEADING), printable(HANDLER_HEADING), ({ heading }) =>
    printable(heading)
  )
}

export function topLine(rates: Rates, time: string): Printable {
  return plainLine(time, routeTitle(rates.route, rates), slowestTitle(rates, '-'), ({ text }) => text(rates))
}

function plainLine(
  time: string,
  route: Printable,
  handler: Printable,
  text: (column: Column) => Printable
): Printable {
  const cells = FIGURES.map((column) => padStart(text(column), column.width))
  const parts = [printable(time.padEnd(8)), fit(route, Math.max(24, lengthOf(route)))]
  return joined([...parts, ...cells, handler, text(SHARE_COLUMN)], ' ')
}
