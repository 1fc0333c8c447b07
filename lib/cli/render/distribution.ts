import type { Distribution } from '../../figures/distribution'
import type { Figures } from '../../figures/figures'
import { rowOf } from '../../figures/grid'
import { joined, line, type Printable, printable, printableLines } from '../printable'
import { duration } from './duration'

export interface Named {
  kind: 'route' | 'handler'
  name: string
  distribution: Distribution
}

/** The routes and handlers that were asked for and seen, the slowest last. */
export function slowestLast(
  figures: Figures,
  { route, routes, handlers }: { route?: string | undefined; routes: boolean; handlers: boolean }
): Named[] {
  const named: Named[] = []
  for (const [name, { requests }] of figures.routes) {
    if (routes && (route === undefined || name === route))
      named.push({ kind: 'route', name, distribution: requests })
  }
  if (handlers) {
    for (const { name, durations } of figures.handlers(route).values())
      named.push({ kind: 'handler', name, distribution: durations })
  }
  return named.filter(({ distribution }) => distribution.count > 0).sort(bySlowness)
}

/** The name last, so that equal ones keep an order. */
function bySlowness(a: Named, b: Named): number {
  return (
    a.distribution.quantile(0.99) - b.distribution.quantile(0.99) ||
    a.distribution.maxNs - b.distribution.maxNs ||
    (a.name < b.name ? -1 : 1)
  )
}

/** Blocks as restify's DTrace guide prints them, a line of quantiles below each. */
export function printDistributions(all: Named[]): Printable {
  const blocks = all.map(({ kind, name, distribution }) => {
    const figures = [
      line`count ${distribution.count}`,
      line`p50 ${duration(distribution.quantile(0.5))}`,
      line`p90 ${duration(distribution.quantile(0.9))}`,
      line`p99 ${duration(distribution.quantile(0.99))}`,
      // Unknown where there was no room for all that is counted.
      ...(Number.isFinite(distribution.minNs) ? [line`min ${duration(distribution.minNs)}`] : []),
      line`max ${duration(distribution.maxNs)}`
    ]
    return line`${printable(name)}\n${rows(rowsOf(distribution))}\n${printable(kind)}: ${joined(figures, '  ')}\n`
  })
  return joined(blocks, '\n')
}

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
export function rows(counts: Map<number, number>): Printable {
  const hit = [...counts].filter(([, count]) => count > 0).map(([lowest]) => lowest)
  const all = hit.reduce((sum, lowest) => sum + (counts.get(lowest) ?? 0), 0)
  const last = after(Math.max(...hit))
  const values: number[] = []
  for (let value = before(Math.min(...hit)); value <= last; value = after(value)) values.push(value)
  const width = Math.max(...values.map((value) => String(value).length))
  const lines = values.map((value) => {
    const count = counts.get(value) ?? 0
    const bar = '@'.repeat(Math.round((count / all) * HEADING.length))
    return `${String(value).padEnd(width)} |${bar.padEnd(HEADING.length)} ${count}`
  })
  return printableLines([`value  ${HEADING} count`, ...lines].join('\n'))
}

function before(value: number): number {
  return value === 0 ? -1 : value === 1 ? 0 : value / 2
}

function after(value: number): number {
  return value === -1 ? 0 : value === 0 ? 1 : value * 2
}
