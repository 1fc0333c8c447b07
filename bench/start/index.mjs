// What it takes to begin: loading the package, the first traced request, the package's size.
import { Child } from '../support/child.mjs'
import { atMost, heading, note, spread, table } from '../support/report.mjs'
import { byRound, difference, summaryOf } from '../support/statistics.mjs'
import { requireTimes } from './require.mjs'
import { installedSizes } from './size.mjs'

const FIRST_REQUESTS = 11
const KILOBYTE = 1000

heading('Start')
const times = requireTimes()
const nothing = times.get('nothing')
const rows = [...times]
  .filter(([, list]) => list !== nothing)
  .map(([step, list]) => [step, byRound(difference, list, nothing)])
  .map(([step, added]) => [
    step,
    `${spread(added)} ms`,
    step.includes('()') ? '' : atMost(added.median, 5, ' ms')
  ])
const first = await firstRequests()
table(
  ['', 'figure', 'target'],
  [
    ...rows,
    [
      'first traced request above an ordinary one, 1,000 routes',
      `${spread(first)} ms`,
      atMost(first.median, 5, ' ms')
    ],
    ...sizeRows()
  ]
)

async function firstRequests() {
  const added = []
  for (let i = 0; i < FIRST_REQUESTS; i++) {
    const child = await Child.start('first', new URL('./first.mjs', import.meta.url).pathname)
    const { ordinary, first } = await child.ask('measure')
    added.push(first - ordinary)
    await child.end()
  }
  return summaryOf(added)
}

function sizeRows() {
  let sizes
  try {
    sizes = installedSizes()
  } catch (error) {
    note(`The package could not be packed and installed: ${error.stderr ?? error.message}`)
    return []
  }
  const kilobytes = (bytes) => Math.round(bytes / KILOBYTE)
  const total = kilobytes([...sizes.values()].reduce((sum, bytes) => sum + bytes, 0))
  const parts = [...sizes].map(([name, bytes]) => `${name} ${kilobytes(bytes)}`)
  return [
    ['installed, with its dependencies', `${total} KB`, atMost(total, 500, ' KB')],
    ...parts.map((part) => ['', `${part} KB`])
  ]
}
