import { joined, line, type Printable, printable } from '../../printable'
import type { Style } from '../../terminal/style'
import { sparkline } from '../sparkline'
import { cut, lengthOf } from '../text'
import { rate } from './rates'
import type { TopRow } from './table'

/** The lines above every page. */
export interface Heading {
  title: Printable
  paused: boolean
  /** A sentence beside the figures, such as that the process has ended. */
  note?: string | undefined
  lost: number
  /** The state of the event loops in the last second, where processes tell of them. */
  loop?: Printable | undefined
}

/** The time that a sparkline shows, in seconds. */
export const MINUTE = 60

/** The title, and the sums of all routes. */
export function headingLines(
  heading: Heading,
  rows: readonly TopRow[],
  { width, style }: { width: number; style: Style }
): Printable[] {
  return [style('bold', cut(titleLine(heading), width)), cut(summaryLine(heading, rows), width)]
}

export function titleLine({ title, paused }: Pick<Heading, 'title' | 'paused'>): Printable {
  return line`${printable(paused ? '[paused] ' : '')}restify-probes top: ${title}`
}

export function summaryLine({ note, lost, loop }: Heading, rows: readonly TopRow[]): Printable {
  const sum = (figure: (row: TopRow) => number) => rows.reduce((total, row) => total + figure(row), 0)
  const parts = [
    line`${rate(sum((row) => row.requestsPerSecond))} req/s`,
    line`${rate(sum((row) => row.errorsPerSecond))} err/s`,
    rows.length === 1 ? line`1 route` : line`${rows.length} routes`
  ]
  if (loop !== undefined) parts.push(loop)
  if (lost > 0) parts.push(line`${lost} lost`)
  // Figures may be cut off on a narrow screen, a note may not.
  if (note !== undefined) parts.unshift(printable(note))
  return joined(parts, '  ')
}

/** A sparkline of the requests of all routes in the last minute. */
export function minuteLine(rows: readonly TopRow[], width: number): Printable {
  return cut(sparkLine(line`req/s`, sumsOf(rows), rate, width), width)
}

/** A sparkline of the last minute, with what it shows before it and its highest value after it. */
export function sparkLine(
  what: Printable,
  perSecond: readonly number[],
  text: (value: number) => Printable,
  width: number
): Printable {
  const before = line`${what}  last minute `
  const after = line` highest ${text(Math.max(0, ...perSecond))}`
  const room = width - lengthOf(before) - lengthOf(after)
  const columns = room >= MINUTE ? MINUTE : Math.max(0, Math.floor(room / 10) * 10)
  return line`${before}${sparkline(perSecond, columns, MINUTE)}${after}`
}

/** Adds up the routes' requests, second by second; the latest is last. */
function sumsOf(rows: readonly TopRow[]): number[] {
  const seconds = Math.max(0, ...rows.map(({ perSecond = [] }) => perSecond.length))
  const sums = Array<number>(seconds).fill(0)
  for (const { perSecond = [] } of rows)
    perSecond.forEach((value, index) => {
      const at = seconds - perSecond.length + index
      sums[at] = (sums[at] as number) + value
    })
  return sums
}
