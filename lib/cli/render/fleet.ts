import { joined, line, type Printable, printable } from '../printable'
import {
  changeOf,
  FLEET_SORTS,
  type Fleet,
  type FleetRoute,
  type FleetSort,
  sortedFleet,
  spreadOf
} from '../sources/prometheus/fleet'
import type { FleetQuery } from '../sources/prometheus/fleet-query'
import { type Paint, type Style, unstyled } from '../terminal/style'
import { duration } from './duration'
import { handlerTitle } from './names'
import { percent } from './percent'
import { cut, fit, lengthOf, padStart, trimmed } from './text'
import { rate } from './top/rates'

/** The contents of the screen. */
export interface FleetView {
  wanted: FleetQuery
  fleet: Fleet
  sort: FleetSort
  paused?: boolean
  /** A sentence to show beside figures, such as that Prometheus does not answer. */
  note?: string | undefined
}

interface Column {
  heading: string
  sort?: FleetSort
  /** Columns of names begin at the left, and take what figures leave; this heading is for narrow ones. */
  shortHeading?: string
  /** The narrower the screen, the more columns it does without: the highest go first. */
  rank: number
  text(route: FleetRoute): Printable
  paint?(route: FleetRoute): Paint | undefined
}

const ROUTE_COLUMN: Column = { heading: 'ROUTE', shortHeading: 'ROUTE', rank: 0, text: fleetRouteTitle }

const COLUMNS: readonly Column[] = [
  ROUTE_COLUMN,
  { heading: 'REQ/S', sort: 'requests', rank: 2, text: ({ requestsPerSecond }) => rate(requestsPerSecond) },
  {
    heading: 'ERR/S',
    sort: 'errors',
    rank: 5,
    text: ({ errorsPerSecond }) => rate(errorsPerSecond),
    paint: ({ errorsPerSecond }) => (errorsPerSecond > 0 ? 'red' : undefined)
  },
  { heading: 'TIME%', sort: 'time', rank: 4, text: ({ timeShare }) => percent(timeShare) },
  { heading: 'P50', sort: 'p50', rank: 7, text: ({ p50Ns }) => duration(p50Ns) },
  { heading: 'P90', sort: 'p90', rank: 9, text: ({ p90Ns }) => duration(p90Ns) },
  { heading: 'P99', sort: 'p99', rank: 0, text: ({ p99Ns }) => duration(p99Ns) },
  { heading: 'VS 1H', sort: 'change', rank: 3, text: (route) => times(changeOf(route)) },
  {
    heading: 'SLOWEST HANDLER',
    shortHeading: 'HANDLER',
    rank: 0,
    text: ({ handler }) => (handler === undefined ? line`` : handlerTitle(handler))
  },
  { heading: 'OF ROUTE', sort: 'share', rank: 8, text: ({ handler }) => share(handler?.share) },
  { heading: 'BUSY', rank: 6, text: ({ handler }) => share(handler?.busyShare) },
  { heading: 'SLOWEST INSTANCE', shortHeading: 'INSTANCE', rank: 0, text: instanceTitle },
  { heading: 'SPREAD', sort: 'spread', rank: 1, text: (route) => times(spreadOf(route)) }
]

/**
 * The width that each name gets, where it is so long, before figures that can be done without, and at
 * the least.
 */
const WANTED_NAME = 28
const LEAST_NAME = 18
/** The lowest rank of columns that can be done without. */
const DISPENSABLE = 8

/** The lines of the screen, none of them wider than it is and no more than it has. */
export function fleetLines(
  view: FleetView,
  width: number,
  height: number,
  style: Style = unstyled
): Printable[] {
  const { heading, rows } = table(view, width, style)
  const room = Math.max(0, height - 4)
  const shown = rows.slice(0, rows.length > room ? Math.max(0, room - 1) : room)
  const lines = [style('bold', cut(titleLine(view), width)), cut(summaryLine(view), width), heading, ...shown]
  if (shown.length < rows.length) lines.push(cut(line`… ${rows.length - shown.length} more routes`, width))
  while (lines.length < height - 1) lines.push(line``)
  lines.push(style('dim', cut(keysLine(view), width)))
  return lines.slice(0, height)
}

/** The table that stays on the terminal, or goes into a pipe: every route, and whole names. */
export function fleetTable(view: FleetView, style: Style = unstyled): Printable[] {
  const { heading, rows } = table(view, Number.POSITIVE_INFINITY, style)
  return [style('bold', titleLine(view)), summaryLine(view), heading, ...rows]
}

/** A route's title: `GET /products/:id`. */
export function fleetRouteTitle({ method, path }: Pick<FleetRoute, 'method' | 'path'>): Printable {
  return printable(`${method} ${path === '' ? '(no route)' : path}`.trimStart())
}

/** The pod's name where there is one, or what Prometheus calls the target. */
export function instanceTitle({ slowestInstance }: Pick<FleetRoute, 'slowestInstance'>): Printable {
  const { pod, instance, pid } = slowestInstance?.labels ?? {}
  const name = pod ?? instance ?? ''
  return printable(pid === undefined ? name : `${name} pid ${pid}`)
}

function table(view: FleetView, width: number, style: Style): { heading: Printable; rows: Printable[] } {
  const routes = sortedFleet(view.fleet.routes, view.sort)
  const cells = new Map(COLUMNS.map((column) => [column, routes.map((route) => column.text(route))]))
  const shown = layout(cells, width)
  const heading = shown.map((laid) => {
    const text = laidOut(headingOf(laid, view.sort), laid)
    return laid.column.sort === view.sort ? style('bold', text) : text
  })
  const rows = routes.map((route, index) =>
    shown.map((laid) => {
      const text = laidOut(cells.get(laid.column)?.[index] ?? line``, laid)
      const paint = laid.column.paint?.(route)
      return paint === undefined ? text : style(paint, text)
    })
  )
  return {
    heading: style('underline', trimmed(joined(heading, ' '))),
    rows: rows.map((row) => trimmed(joined(row, ' ')))
  }
}

/** A column with the place that it gets. */
interface Laid {
  column: Column
  width: number
}

function laidOut(text: Printable, { column, width }: Laid): Printable {
  return isName(column) ? fit(text, width) : padStart(text, width)
}

function isName({ shortHeading }: Column): boolean {
  return shortHeading !== undefined
}

function headingOf({ column, width }: Laid, by: FleetSort): Printable {
  const { heading, shortHeading, sort } = column
  if (sort !== undefined && sort === by) return printable(`${heading}▾`)
  return printable(heading.length <= width ? heading : (shortHeading ?? heading))
}

/** Columns that say nothing are left out; then, on a narrow screen, those that say least. */
function layout(cells: ReadonlyMap<Column, readonly Printable[]>, width: number): Laid[] {
  let shown = COLUMNS.flatMap((column) => {
    const longest = Math.max(0, ...(cells.get(column) ?? []).map(lengthOf))
    if (longest === 0 && column !== ROUTE_COLUMN) return []
    // There is room for the mark of the order.
    return { column, width: Math.max(longest, column.shortHeading?.length ?? column.heading.length + 1) }
  })
  const names = () => shown.filter(({ column }) => isName(column))
  const figures = () => shown.filter(({ column }) => !isName(column))
  const roomForNames = () => width - sumOfWidths(figures()) - (shown.length - 1)
  const dropUntil = (enough: number, leastRank: number) => {
    const needed = () => names().reduce((sum, each) => sum + Math.min(each.width, enough), 0)
    while (roomForNames() < needed()) {
      const highest = Math.max(...shown.map(({ column }) => column.rank))
      if (highest < leastRank) break
      shown = shown.filter(({ column }) => column.rank < highest)
    }
  }
  dropUntil(WANTED_NAME, DISPENSABLE)
  dropUntil(LEAST_NAME, 1)
  shareOut(names(), Math.max(0, roomForNames()))
  while (shown.length > 1 && roomForNames() < sumOfWidths(names())) shown.pop()
  return shown
}

function sumOfWidths(columns: readonly Laid[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0)
}

/** Gives long headings the room that is left, or takes from the widest columns until they fit. */
function shareOut(names: readonly Laid[], room: number): void {
  for (const name of names) {
    const wider = Math.max(name.width, name.column.heading.length) - name.width
    if (sumOfWidths(names) + wider <= room) name.width += wider
  }
  while (sumOfWidths(names) > room) {
    const widest = names.reduce((most, each) => (each.width > most.width ? each : most))
    if (widest.width <= 1) return
    widest.width--
  }
}

/** Tells which fleet it is: `http://localhost:9090, job="shop"`. */
export function fleetTitle({ address, matchers }: FleetQuery): Printable {
  return joined([address.shown, ...matchers.map(printable)], ', ')
}

function titleLine({ wanted, fleet, paused }: FleetView): Printable {
  const time = printable(fleet.time.toTimeString().slice(0, 8))
  return line`${paused ? line`[paused] ` : line``}restify-probes top: ${fleetTitle(wanted)}, ${time}`
}

function summaryLine({ fleet, note, wanted }: FleetView): Printable {
  const sum = (figure: (route: FleetRoute) => number) =>
    fleet.routes.reduce((total, route) => total + figure(route), 0)
  const parts = [
    line`${rate(sum((route) => route.requestsPerSecond))} req/s`,
    line`${rate(sum((route) => route.errorsPerSecond))} err/s`,
    counted(fleet.routes.length, 'route'),
    counted(fleet.instances, 'instance'),
    line`the last ${wanted.seconds} s`
  ]
  if (fleet.routes.length === 0)
    parts.push(line`no requests, or fewer than two scrapes in that time (--interval)`)
  // Figures may be cut off on a narrow screen, a note may not.
  if (note !== undefined) parts.unshift(printable(note))
  return joined(parts, '  ')
}

function keysLine({ sort }: FleetView): Printable {
  const keys = Object.entries(FLEET_SORTS).map(([name, { key }]) =>
    name === sort ? `[${key} ${name}]` : `${key} ${name}`
  )
  return printable(`q quit  space pause  ←→ sort: ${keys.join('  ')}`)
}

function counted(count: number, noun: 'route' | 'instance'): Printable {
  return printable(`${count} ${noun}${count === 1 ? '' : 's'}`)
}

function share(part: number | undefined): Printable {
  return part === undefined ? line`` : percent(part)
}

/** A factor by which something exceeds what it is compared with: `×3.2`. */
function times(factor: number | undefined): Printable {
  if (factor === undefined) return line``
  return printable(`×${factor.toFixed(factor < 9.95 ? 1 : 0)}`)
}
