import { Child } from '../support/child.mjs'
import { atMost, spread, table } from '../support/report.mjs'
import { summaryOf } from '../support/statistics.mjs'
import { KINDS } from './kinds.mjs'

const APP = new URL('./app.mjs', import.meta.url).pathname
/** One process compiles and lays out the same code a little better or worse than the next. */
const PROCESSES = 6
/** OpenTelemetry's are not here: they need a server of http's. */
const COMPARED = ['ours', 'oursWithout', 'oursBoth', 'bundle']

/** CPU time that metrics add to a request of the app without the network around it, which is most of the noise. */
export async function compareAlone(app) {
  const added = new Map(COMPARED.map((kind) => [kind, []]))
  for (let i = 0; i < PROCESSES; i++)
    for (const [kind, figures] of added) figures.push(await addedBy(kind, app))
  const figures = new Map([...added].map(([kind, list]) => [kind, summaryOf(list)]))
  table(
    ['metrics, without a network', 'added µs'],
    [...figures].map(([kind, summary]) => [KINDS[kind].title, spread(summary, 1)])
  )
  const part = figures.get('ours').median / figures.get('bundle').median
  console.log(`\nOurs with handlers, of express-prom-bundle without: ${part.toFixed(2)} (${atMost(part, 1)})`)
}

async function addedBy(kind, app) {
  const child = await Child.start(kind, APP, [app, kind], { execArgv: ['--no-deprecation'] })
  try {
    return await child.ask('added')
  } finally {
    await child.end()
  }
}
