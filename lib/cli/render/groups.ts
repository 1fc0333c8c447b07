import type { Groups } from '../../figures/groups'
import { line, type Printable, printable } from '../printable'
import type { Style } from '../terminal/style'
import { quantileCells } from './latency'
import { tableLines } from './table'

/** The most values that are shown: the slowest ones. */
const MOST = 30

const HEADINGS = ['COUNT', 'ERRORS', 'P50', 'P90', 'P99', 'MAX'] as const

/** Requests by the values of one name, the slowest value last. */
export function groupsTable(
  name: Printable,
  groups: Groups,
  screen: { width?: number | undefined; style?: Style }
): Printable[] {
  const sorted = groups.sorted()
  const shown = sorted.slice(-MOST)
  const rows = shown.map(([value, { durations, errors }]) => {
    const cells = new Map(quantileCells(durations)) as Map<(typeof HEADINGS)[number], Printable>
    if (errors > 0) cells.set('ERRORS', line`${errors}`)
    return { title: printable(value === '' ? '(empty)' : value), cells }
  })
  const lines = tableLines({ name, headings: HEADINGS, dispensable: ['P90', 'MAX'] }, rows, screen)
  const left = sorted.length - shown.length
  return left === 0 ? lines : [...lines, line`${left} more values, all quicker`]
}
