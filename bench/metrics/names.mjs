import { Child } from '../support/child.mjs'
import { table } from '../support/report.mjs'
import { ASKED, ask } from './cases.mjs'

const SERVER = new URL('./server.mjs', import.meta.url).pathname
const COMPARED = { ours: 'restify-probes', bundle: 'express-prom-bundle', openTelemetry: 'OpenTelemetry' }

/** Compares which route each way to have metrics calls requests by, where that is not simple. */
export async function compareNames() {
  const found = new Map()
  for (const kind of Object.keys(COMPARED)) found.set(kind, await namesBy(kind))
  const rows = ASKED.map(({ title, right }, i) => [
    title,
    `\`${right}\``,
    ...Object.keys(COMPARED).map((kind) => told(found.get(kind)[i], right))
  ])
  table(['requests', 'should be', ...Object.values(COMPARED)], rows)
  for (const [kind, name] of Object.entries(COMPARED)) {
    const right = found.get(kind).filter((names, i) => names.join() === ASKED[i].right).length
    console.log(`\n${name}: ${right} of ${ASKED.length}`)
  }
}

/** Gives, for each case, the series that it made or added to. */
async function namesBy(kind) {
  const child = await Child.start(kind, SERVER, [kind, 'cases'], { execArgv: ['--no-deprecation'] })
  try {
    const port = await child.ask('port')
    const names = []
    let before = new Map()
    for (const each of ASKED) {
      await ask(port, each)
      const after = new Map(
        (await child.ask('scrape')).map(([method, route, status, count]) => [
          `${method} ${route || '(none)'} ${status || '(none)'}`,
          count
        ])
      )
      names.push([...after.keys()].filter((name) => after.get(name) !== before.get(name)))
      before = after
    }
    return names
  } finally {
    await child.end()
  }
}

function told(names, right) {
  if (names.join() === right) return 'the same'
  return names.length === 0 ? 'nothing' : names.map((name) => `\`${name}\``).join(', ')
}
