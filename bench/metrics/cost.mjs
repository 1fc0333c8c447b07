import { load } from '../servers/load.mjs'
import { APPS } from '../support/apps.mjs'
import { Child } from '../support/child.mjs'
import { contest } from '../support/contest.mjs'
import { atMost, note, spread, table } from '../support/report.mjs'
import { byRound, difference, median, ratio, undisturbed } from '../support/statistics.mjs'
import { KINDS } from './kinds.mjs'

const SERVER = new URL('./server.mjs', import.meta.url).pathname
const ROUNDS = 26
const REQUESTS_A_ROUND = 1000
/** The number of rounds after which V8 has compiled what the requests run through. */
const WARM_UPS = 6

/** CPU time of whole servers under load, in turn. Each is scraped once a round. */
export async function compareCost(app) {
  const entrants = []
  try {
    for (const [kind, { title }] of Object.entries(KINDS)) {
      const child = await Child.start(title, SERVER, [kind, app], { execArgv: ['--no-deprecation'] })
      const at = `http://127.0.0.1:${await child.ask('port')}`
      const path = await child.ask('path')
      const scrape = path === undefined ? () => child.ask('scrape') : () => fetched(at + path)
      entrants.push({ name: title, child, scrape, url: at + APPS[app].path })
    }
    report(await contest(entrants, { rounds: ROUNDS, warmUps: WARM_UPS }, cpuPerRequest))
  } finally {
    for (const { child } of entrants) await child.end()
  }
}

async function fetched(url) {
  await (await fetch(url)).text()
}

async function cpuPerRequest({ child, scrape, url }) {
  await child.ask('startClock')
  await load(url, REQUESTS_A_ROUND)
  await scrape()
  return (await child.ask('stopClock')) / REQUESTS_A_ROUND
}

function report(figures) {
  const bare = figures.get(KINDS.bare.title)
  const rows = [...figures].map(([name, list]) => [
    name,
    median(list).toFixed(1),
    undisturbed(list).toFixed(1),
    spread(byRound(difference, list, bare), 1),
    spread(byRound(ratio, list, bare), 3)
  ])
  table(['metrics', 'CPU µs a request', 'in the lowest tenth', 'added µs', 'against bare Express'], rows)
  const added = (kind) => figures.get(KINDS[kind].title).map((each, i) => each - bare[i])
  const least = (kind) => undisturbed(figures.get(KINDS[kind].title)) - undisturbed(bare)
  note(
    'What ours adds with handlers, of what others add without, in the same rounds, and by the lowest tenths:\n'
  )
  table(
    ['of', 'ratio', 'of the lowest tenths', 'target'],
    ['bundle', 'openTelemetry'].map((kind) => {
      const part = least('ours') / least(kind)
      const inRounds = spread(byRound(ratio, added('ours'), added(kind)))
      return [KINDS[kind].title, inRounds, part.toFixed(2), kind === 'bundle' ? atMost(part, 1) : '']
    })
  )
}
