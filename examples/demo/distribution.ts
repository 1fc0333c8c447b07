/** How often each of DTrace's quantize buckets was hit, by the bucket's lowest value: 0, 1, 2, 4, 8 … */
export type Buckets = Map<number, number>

/** The bucket of a value that is not negative. */
export function bucketOf(value: number): number {
  return value < 1 ? 0 : 2 ** Math.floor(Math.log2(value))
}

const HEADING = '------------- Distribution -------------'

/** As restify's DTrace guide prints them: a block for each name, those that took longest last. */
export function printDistributions(distributions: Map<string, Buckets>): string {
  return [...distributions]
    .sort(([nameA, a], [nameB, b]) => total(a) - total(b) || (nameA < nameB ? -1 : 1))
    .map(([name, buckets]) => `${name}\n${distribution(buckets)}\n`)
    .join('\n')
}

function total(buckets: Buckets): number {
  return [...buckets].reduce((sum, [lowest, count]) => sum + lowest * count, 0)
}

/** From the bucket before the first that was hit to the one after the last. */
function distribution(buckets: Buckets): string {
  const hit = [...buckets].filter(([, count]) => count > 0).map(([lowest]) => lowest)
  const all = hit.reduce((sum, lowest) => sum + (buckets.get(lowest) ?? 0), 0)
  const first = Math.min(...hit)
  const last = Math.max(...hit)
  const values: number[] = []
  for (let value = before(first); value <= after(last); value = after(value)) values.push(value)
  const width = Math.max(...values.map((value) => String(value).length))
  const lines = values.map((value) => {
    const count = buckets.get(value) ?? 0
    const bar = '@'.repeat(Math.round((count / all) * HEADING.length))
    return `${String(value).padEnd(width)} |${bar.padEnd(HEADING.length)} ${count}`
  })
  return [`value  ${HEADING} count`, ...lines].join('\n')
}

function before(value: number): number {
  return value === 0 ? -1 : value === 1 ? 0 : value / 2
}

function after(value: number): number {
  return value === -1 ? 0 : value === 0 ? 1 : value * 2
}
