import type { Distribution } from '../../figures/distribution'
import { rowOf } from '../../figures/grid'
import { joined, line, type Printable, printableLines } from '../printable'
import { duration } from './duration'

/** A block as restify's DTrace guide prints them, with the unit in its heading, and a line of quantiles below. */
export function distributionBlock(
  title: Printable,
  kind: 'route' | 'handler',
  distribution: Distribution
): Printable {
  const figures = [
    line`count ${distribution.count}`,
    line`p50 ${duration(distribution.quantile(0.5))}`,
    line`p90 ${duration(distribution.quantile(0.9))}`,
    line`p99 ${duration(distribution.quantile(0.99))}`,
    // Unknown where there was no room for all that is counted.
    ...(Number.isFinite(distribution.minNs) ? [line`min ${duration(distribution.minNs)}`] : []),
    line`max ${duration(distribution.maxNs)}`
  ]
  const table = rows(rowsOf(distribution), UNITS[distribution.grid.label])
  return line`${title}\n${table}\n${KINDS[kind]}: ${joined(figures, '  ')}\n`
}

const KINDS = { route: line`route`, handler: line`handler` }
const UNITS = { s: 's', ms: 'ms', us: 'µs' }

/** Counts by the row's lowest value. */
function rowsOf({ grid, buckets }: Distribution): Map<number, number> {
  const counts = new Map<number, number>()
  for (const [bucket, count] of buckets) {
    const row = rowOf(grid, bucket)
    counts.set(row, (counts.get(row) ?? 0) + count)
  }
  return counts
}

const HEADING = '------------- Distribution -------------'

/** From the row before the first that was hit to the one after the last. */
function rows(counts: Map<number, number>, unit: string): Printable {
  const hit = [...counts].filter(([, count]) => count > 0).map(([lowest]) => lowest)
  const all = hit.reduce((sum, lowest) => sum + (counts.get(lowest) ?? 0), 0)
  const last = after(Math.max(...hit))
  const values: number[] = []
  for (let value = before(Math.min(...hit)); value <= last; value = after(value)) values.push(value)
  const width = Math.max(unit.length, ...values.map((value) => String(value).length))
  const lines = values.map((value) => {
    const count = counts.get(value) ?? 0
    const bar = '@'.repeat(Math.round((count / all) * HEADING.length))
    return `${String(value).padEnd(width)} |${bar.padEnd(HEADING.length)} ${count}`
  })
  return printableLines([`${unit.padEnd(width)}  ${HEADING} count`, ...lines].join('\n'))
}

function before(value: number): number {
  return value === 0 ? -1 : value === 1 ? 0 : value / 2
}

function after(value: number): number {
  return value === -1 ? 0 : value === 0 ? 1 : value * 2
}
