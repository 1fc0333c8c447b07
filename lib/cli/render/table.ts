import { joined, type Printable, printable } from '../printable'
import { type Style, unstyled } from '../terminal/style'
import { fit, padStart, trimmed, widest } from './text'

/** A row: its name, and cells by the headings of their columns. */
export interface TableRow<Heading extends string> {
  title: Printable
  cells: ReadonlyMap<Heading, Printable>
  paint?: 'bold' | 'red' | 'green'
}

export interface Columns<Heading extends string> {
  /** Above the names. */
  name: Printable
  headings: readonly Heading[]
  /** Columns that give way on a narrow terminal, the first of them first. */
  dispensable: readonly Heading[]
}

const MIN_NAME = 24
const GAP = '  '

/**
 * A heading and the rows. A column without a cell is left out, and so are those that can be done without where names
 * would have too little room.
 *
 * @param width - of the terminal; without one, names are whole
 */
export function tableLines<Heading extends string>(
  { name, headings, dispensable }: Columns<Heading>,
  rows: readonly TableRow<Heading>[],
  { width = Number.POSITIVE_INFINITY, style = unstyled }: { width?: number | undefined; style?: Style } = {}
): Printable[] {
  const widths = new Map<Heading, number>()
  for (const heading of headings) {
    const longest = widest(rows.map(({ cells }) => cells.get(heading) ?? ''))
    if (longest > 0) widths.set(heading, Math.max(longest, heading.length))
  }
  const longestName = widest([name, ...rows.map(({ title }) => title)])
  const room = () => [...widths.values()].reduce((left, each) => left - each - GAP.length, width)
  for (const heading of dispensable) if (room() < Math.min(longestName, MIN_NAME)) widths.delete(heading)
  const nameWidth = Math.max(1, Math.min(longestName, room()))
  const lineOf = (title: Printable, cell: (heading: Heading) => Printable) =>
    joined(
      [fit(title, nameWidth), ...[...widths].map(([heading, each]) => padStart(cell(heading), each))],
      GAP
    )
  return [
    style('inverse', lineOf(name, printable)),
    ...rows.map(({ title, cells, paint }) => {
      const text = trimmed(lineOf(title, (heading) => cells.get(heading) ?? printable('')))
      return paint === undefined ? text : style(paint, text)
    })
  ]
}
