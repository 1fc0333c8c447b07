import type { Sort } from '../../../figures/rates'
import { line, type Printable, printable } from '../../printable'
import { type Style, unstyled } from '../../terminal/style'
import type { Names } from '../names'
import { cut } from '../text'
import { type Heading, headingLines, minuteLine, summaryLine, titleLine } from './heading'
import { helpLines } from './help'
import { type RoutePage, routeLines } from './route'
import { type TopRow, table } from './table'

/** Everything that the screen shows. */
export interface TopScreen {
  heading: Heading
  /** The rows of every route. */
  rows: readonly TopRow[]
  /** The rows that are shown, as they are sorted. */
  shown: readonly TopRow[]
  sort: Sort
  names: Names
  /** The place of the selected row among those that are shown. */
  selected: number
  filter: string
  typing: boolean
  /** The route that is open, in place of the table. */
  route?: RoutePage | undefined
  help: boolean
}

/** Lines that are no rows of the table: two of the heading, one of the last minute, the table's own, and the footer. */
const OTHER_LINES = 5

/** Below so many columns there is nothing to mark. */
const NARROW = 30

/** The number of rows that a page of the table has. */
export function pageOf(height: number): number {
  return Math.max(1, height - OTHER_LINES)
}

/** The lines of the screen, none of them wider than it is and no more than it has. */
export function screenLines(
  screen: TopScreen,
  width: number,
  height: number,
  given: Style = unstyled
): Printable[] {
  const style = width < NARROW ? unstyled : given
  const lines = [...headingLines(screen.heading, screen.rows, { width, style })]
  const room = Math.max(0, height - lines.length - 1)
  lines.push(...bodyLines(screen, { width, height: room, style }).slice(0, room))
  while (lines.length < height - 1) lines.push(line``)
  lines.push(style('dim', cut(footer(screen), width)))
  const all = lines.slice(0, height)
  return style === unstyled ? all.map((each) => cut(each, width)) : all
}

interface Room {
  width: number
  height: number
  style: Style
}

function bodyLines(screen: TopScreen, { width, height, style }: Room): Printable[] {
  const { route, help, names } = screen
  if (help) return helpLines(width, style)
  if (route !== undefined) return routeLines(route, { width, height, names, style })
  return tableLines(screen, { width, height, style })
}

/** The part of the table in which the selected row is, and how many there are beside. */
function tableLines(screen: TopScreen, { width, height, style }: Room): Printable[] {
  const { shown, sort, names, selected, filter, rows } = screen
  const { heading, rows: all } = table(shown, { width, sort, names, style, selected })
  const fits = all.length <= height - 2
  const room = Math.max(0, fits ? height - 2 : height - 3)
  const first = Math.max(0, Math.min(selected - room + 1, all.length - room))
  const lines = [minuteLine(rows, width), heading, ...all.slice(first, first + room)]
  if (!fits) lines.push(cut(moreLine(first, all.length - first - room), width))
  if (rows.length === 0) lines.push(cut(line`  no request was seen in the last minute`, width))
  else if (shown.length === 0)
    lines.push(cut(line`  none of ${rows.length} routes has "${printable(filter)}"`, width))
  return lines
}

function moreLine(above: number, below: number): Printable {
  if (above === 0) return line`… ${below} more routes`
  return below === 0 ? line`… ${above} more above` : line`… ${above} more above, ${below} below`
}

function footer({ filter, typing, route, help, shown, rows }: TopScreen): Printable {
  // What nobody may miss on a narrow screen comes first.
  if (typing)
    return line`/${printable(filter)}▏  enter keep  esc clear  (${shown.length} of ${rows.length} routes)`
  if (help) return line`q quit  any other key goes back`
  if (route !== undefined) return line`q quit  esc back  ↑↓ next route  space pause  ? help`
  if (filter !== '')
    return line`q quit  esc all routes  /${printable(filter)} (${shown.length} of ${rows.length})  ↑↓ select  enter open`
  return line`q quit  space pause  ↑↓ select  enter open  ←→ sort  / filter  ? help`
}

/** The lines that stay on the terminal when the screen is gone: every route, in the terminal's width. */
export function lastLines(
  screen: Pick<TopScreen, 'heading' | 'shown' | 'sort' | 'names'>,
  width: number,
  style: Style = unstyled
): Printable[] {
  const { heading, shown, sort, names } = screen
  const { heading: columns, rows } = table(shown, { width, sort, names, style })
  return [
    style('bold', cut(titleLine(heading), width)),
    cut(summaryLine(heading, shown), width),
    columns,
    ...rows
  ]
}
