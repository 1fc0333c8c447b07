import { type Printable, printable } from '../printable'

const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/**
 * Values in so many columns, the latest to the right: the highest fills a column, and what is more than 0 is told from 0.
 * Where there are more values than columns, a column is the highest of its values; where there are fewer, the left is
 * empty.
 *
 * @param most - how many values the columns are for
 */
export function sparkline(values: readonly number[], width: number, most: number): Printable {
  const shown = values.slice(-most)
  const highest = Math.max(0, ...shown)
  let columns = ''
  for (let column = 0; column < width; column++) {
    // The line is filled from the right, so that the latest values always have the last column.
    const from = shown.length - Math.round(((width - column) * most) / width)
    const until = shown.length - Math.round(((width - column - 1) * most) / width)
    const part = shown.slice(Math.max(0, from), Math.max(0, until))
    columns += part.length === 0 ? ' ' : levelOf(Math.max(...part), highest)
  }
  return printable(columns)
}

function levelOf(value: number, highest: number): string {
  if (!(value > 0)) return LEVELS[0] as string
  const last = LEVELS.length - 1
  return LEVELS[Math.max(1, Math.round((value / highest) * last))] as string
}
