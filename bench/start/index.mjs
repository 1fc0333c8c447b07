// What it takes to begin: loading the package, the first traced request, the package's size.
import { Child } from '../support/child.mjs'
import { atMost, heading, note, spread, table } from '../support/report.mjs'
import { byRound, difference, summaryOf } from '../support/statistics.mjs'
import { requireTimes } from './require.mjs'
import { installedSizes } from './size.mjs'

const PROCESSES = 11
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
const attach = await attachRows()
table(
  ['', 'figure', 'target'],
  [
    ...rows,
    [
      'first traced request above an ordinary one, 1,000 routes',
      `${spread(first)} ms`,
      atMost(first.median, 5, ' ms')
    ],
    ...attach,
    ...sizeRows()
  ]
)

async function firstRequests() {
  const figures = await inProcesses('first')
  return summaryOf(figures.map(({ ordinary, first }) => first - ordinary))
}

/** @returns rows: until the locations of all handlers are known, in milliseconds */
async function attachRows() {
  const figures = await inProcesses('attach')
  const row = (title, key) => [title, `${spread(summaryOf(figures.map((figure) => figure[key])))} ms`]
  return [
    row('from the first traced request until all 1,000 handlers are located', 'known'),
    row('CPU time in that, the requests that ask for it included', 'cpu'),
    row('longest pause of the event loop in that', 'pause')
  ]
}

/** Runs a program of this folder, each time in a process of its own. */
async function inProcesses(program) {
  const figures = []
  for (let i = 0; i < PROCESSES; i++) {
    const child = await Child.start(program, new URL(`./${program}.mjs`, import.meta.url).pathname)
    figures.push(await child.ask('measure'))
    await child.end()
  }
  return figures
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
