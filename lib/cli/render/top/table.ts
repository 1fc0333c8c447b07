import type { Rates, Sort } from '../../../figures/rates'
import { joined, line, type Printable, printable } from '../../printable'
import { type Style, unstyled } from '../../terminal/style'
import { duration } from '../duration'
import { type Names, routeTitle } from '../names'
import { percent } from '../percent'
import { sparkline } from '../sparkline'
import { fit, padStart, trimmed, widest } from '../text'
import { rate, slowestTitle } from './rates'

/** A line of the table. */
export interface TopRow extends Rates {
  /** The route's part of the time that all routes took, from 0 to 1. */
  timeShare: number
  /** The number of seconds that its quantiles are of; undefined where that is the same for all. */
  overSeconds?: number
  /** Whether its quantiles are of too few requests to be relied on. */
  few?: boolean
  /** The numbers of requests in each second of the last minute, the latest last. */
  perSecond?: readonly number[]
}

interface Column {
  heading: string
  width: number
  sort?: Sort
  text(row: TopRow, style: Style): Printable
  isFor?(rows: readonly TopRow[]): boolean
}

const SPARKLINE = 20
const GAP = ' '
export const ROUTE_HEADING = 'ROUTE'
const HANDLER_HEADING = 'SLOWEST HANDLER'
const SHORT_HANDLER_HEADING = 'HANDLER'

/** The arrow of the column by which the rows are sorted has room beside every heading. */
const ARROW = '▾'

const COLUMNS = {
  requests: { heading: 'REQ/S', width: 6, sort: 'requests', text: (row) => rate(row.requestsPerSecond) },
  errors: {
    heading: 'ERR/S',
    width: 6,
    sort: 'errors',
    text: ({ errorsPerSecond }, style) => {
      const cell = padStart(rate(errorsPerSecond), 6)
      return errorsPerSecond > 0 ? style('red', cell) : cell
    }
  },
  time: { heading: 'TIME%', width: 6, sort: 'time', text: ({ timeShare }) => percent(timeShare) },
  p50: { heading: 'P50', width: 7, sort: 'p50', text: ({ p50Ns }) => duration(p50Ns) },
  p90: { heading: 'P90', width: 7, sort: 'p90', text: (row, style) => tail(row.p90Ns, row, style) },
  p99: { heading: 'P99', width: 7, sort: 'p99', text: (row, style) => tail(row.p99Ns, row, style) },
  max: { heading: 'MAX', width: 7, sort: 'max', text: ({ maxNs }) => duration(maxNs) },
  over: {
    heading: 'OVER',
    width: 4,
    text: ({ overSeconds }) => (overSeconds === undefined ? line`` : line`${Math.round(overSeconds)} s`),
    isFor: (rows) => rows.some(({ overSeconds }) => overSeconds !== undefined)
  },
  minute: {
    heading: 'REQ/S, LAST MINUTE',
    width: SPARKLINE,
    text: ({ perSecond = [] }) => sparkline(perSecond, SPARKLINE, 60),
    isFor: (rows) => rows.some(({ perSecond }) => perSecond !== undefined)
  },
  share: {
    heading: 'OF ROUTE',
    width: 9,
    sort: 'share',
    text: ({ slowest }) => (slowest === undefined ? line`` : percent(slowest.share))
  }
} satisfies Record<string, Column>

type ColumnName = keyof typeof COLUMNS

/** The columns that give way to names that are longer than there is room for, in this order. */
const FIRST_TO_GO: readonly ColumnName[] = ['minute', 'p90', 'max', 'share']
/** The columns that give way, after those, where names would hardly be told apart. */
const LAST_TO_GO: readonly ColumnName[] = ['p50', 'over', 'errors', 'time', 'p99', 'requests']

/** The columns that a name has room for before figures have, and those that it has at the least. */
const ROUTE = { wanted: 36, least: 18 }
const HANDLER = { wanted: 24, least: 14 }

/** The layout of the table. */
export interface TableStyle {
  width: number
  sort: Sort
  names?: Names
  style?: Style
  /** The place of the selected row; undefined where none can be, and no room is left for the mark. */
  selected?: number | undefined
}

/** The mark of the selected row, and as much room beside the others. */
const MARK = '▸ '

export interface Table {
  heading: Printable
  rows: Printable[]
}

/** Routes in rows of a terminal, as they are sorted already. */
export function table(rows: readonly TopRow[], layoutStyle: TableStyle): Table {
  const { width, sort, names = 'path', style = unstyled, selected } = layoutStyle
  const marked = selected !== undefined
  const titles = rows.map((row) => ({
    route: routeTitle(row.route, row, names),
    handler: slowestTitle(row, '')
  }))
  const { columns, routeWidth, handlerWidth } = layout(rows, titles, sort, width - (marked ? MARK.length : 0))
  const lineOf = (route: Printable, handler: Printable, cell: (name: ColumnName) => Printable) => {
    const before = columns.filter((name) => name !== 'share').map(cell)
    const after = columns.filter((name) => name === 'share').map(cell)
    return joined([fit(route, routeWidth), ...before, line` ${fit(handler, handlerWidth)}`, ...after], GAP)
  }
  const handlerHeading = handlerWidth < HANDLER_HEADING.length ? SHORT_HANDLER_HEADING : HANDLER_HEADING
  const heading = lineOf(printable(ROUTE_HEADING), printable(handlerHeading), (name) => {
    const column: Column = COLUMNS[name]
    const text = padStart(
      printable(column.sort === sort ? column.heading + ARROW : column.heading),
      column.width
    )
    return column.sort === sort ? style('bold', text) : text
  })
  const mark = (isSelected: boolean) => printable(marked ? (isSelected ? MARK : ' '.repeat(MARK.length)) : '')
  return {
    heading: style('underline', line`${mark(false)}${heading}`),
    rows: rows.map((row, index) => {
      const { route, handler } = titles[index] as (typeof titles)[number]
      const cells = lineOf(route, handler, (name) => {
        const column: Column = COLUMNS[name]
        return padStart(column.text(row, style), column.width)
      })
      const whole = line`${mark(index === selected)}${cells}`
      return index === selected ? style('inverse', whole) : trimmed(whole)
    })
  }
}

/** A quantile that few requests exceed: where there were few of any, it is hardly more than the longest of them. */
function tail(ns: number, { few = false }: TopRow, style: Style): Printable {
  const cell = padStart(duration(ns), 7)
  return few ? style('dim', cell) : cell
}

/** Names get what figures leave. The column by which rows are sorted stays. */
function layout(
  rows: readonly TopRow[],
  titles: readonly { route: Printable; handler: Printable }[],
  sort: Sort,
  width: number
) {
  const route = widest([ROUTE_HEADING, ...titles.map((title) => title.route)])
  const handler = widest([SHORT_HANDLER_HEADING, ...titles.map((title) => title.handler)])
  let columns = (Object.keys(COLUMNS) as ColumnName[]).filter((name) => {
    const { isFor }: Column = COLUMNS[name]
    return isFor?.(rows) ?? true
  })
  const room = () =>
    columns.reduce((left, name) => left - COLUMNS[name].width - GAP.length, width - 2 * GAP.length)
  const dropUntil = (needed: number, dispensable: readonly ColumnName[]) => {
    for (const name of dispensable) {
      const { sort: own }: Column = COLUMNS[name]
      if (room() < needed && own !== sort) columns = columns.filter((each) => each !== name)
    }
  }
  dropUntil(Math.min(route, ROUTE.wanted) + Math.min(handler, HANDLER.wanted), FIRST_TO_GO)
  dropUntil(Math.min(route, ROUTE.least) + Math.min(handler, HANDLER.least), LAST_TO_GO)
  const both = Math.max(2, room())
  const routeWidth = Math.min(route, Math.max(Math.floor(both / 2), both - handler))
  // The long heading gets only what names leave.
  const handlerWidth = Math.min(Math.max(handler, HANDLER_HEADING.length), both - routeWidth)
  return { columns, routeWidth, handlerWidth }
}
