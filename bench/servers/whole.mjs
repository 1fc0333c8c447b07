import { APPS } from '../support/apps.mjs'
import { Child } from '../support/child.mjs'
import { attachCommand } from '../support/command.mjs'
import { contest } from '../support/contest.mjs'
import { atMost, note, spread, table } from '../support/report.mjs'
import { STATES } from '../support/states.mjs'
import { byRound, difference, median, ratio, undisturbed } from '../support/statistics.mjs'
import { attach, SCRIPTS } from '../support/tracer.mjs'
import { load } from './load.mjs'
import { ATTACHED, COUNTED, KERNEL, OPEN_TELEMETRY, VARIANTS } from './variants.mjs'

const SERVER = new URL('./server.mjs', import.meta.url).pathname
const ROUNDS = 26
const REQUESTS_A_ROUND = 1000
/** The number of rounds after which V8 has compiled what the requests run through. */
const WARM_UPS = 6

/**
 * All variants of an app as servers of their own, under load in turn.
 *
 * @returns microseconds of CPU that bare Express takes for a request
 */
export async function compareServers(app, withTracer) {
  const entrants = []
  try {
    for (const variant of VARIANTS) {
      if (variant.script === undefined || withTracer) entrants.push(await enter(app, variant))
    }
    const figures = await contest(entrants, { rounds: ROUNDS, warmUps: WARM_UPS }, cpuPerRequest)
    await checkListened(entrants)
    report(figures)
    return undisturbed(figures.get(STATES.bare))
  } finally {
    for (const { end } of entrants) await end()
  }
}

async function enter(app, { name, mode, script, command, listened }) {
  // restify 11 uses what Node has deprecated since.
  const child = await Child.start(name, SERVER, [app, mode], { execArgv: ['--no-deprecation'] })
  const url = `http://127.0.0.1:${await child.ask('port')}${APPS[app].path}`
  const enabled = () => child.ask('listened')
  const detach =
    script !== undefined
      ? await attach(child.pid, SCRIPTS[script], enabled)
      : command !== undefined
        ? await attachCommand(child.pid, command, enabled, listened)
        : () => {}
  const end = async () => {
    await detach()
    await child.end()
  }
  return { name, listened, child, url, end }
}

async function cpuPerRequest({ child, url }) {
  await child.ask('startClock')
  await load(url, REQUESTS_A_ROUND)
  return (await child.ask('stopClock')) / REQUESTS_A_ROUND
}

/** A tracer of somebody else's would be measured too. */
async function checkListened(entrants) {
  for (const { name, listened, child } of entrants) {
    const found = await child.ask('listened')
    if (listened !== undefined && found !== listened)
      note(`Not as it should be: in "${name}" ${found} probes were enabled.\n`)
  }
}

function report(figures) {
  const bare = figures.get(STATES.bare)
  const rows = [...figures].map(([name, list]) => {
    const against = byRound(ratio, list, bare)
    const added = byRound(difference, list, bare).median.toFixed(1)
    return [name, median(list).toFixed(1), added, spread(against, 3)]
  })
  table(['variant', 'CPU µs a request', 'added µs', 'against bare Express'], rows)

  const part = (on, without, otel) => (on - without) / (otel - without)
  const rest = []
  const attached = byRound(part, figures.get(ATTACHED), bare, figures.get(OPEN_TELEMETRY))
  rest.push([
    'added under top by the socket, of what OpenTelemetry adds',
    spread(attached, 3),
    atMost(attached.median, 0.125)
  ])
  if (figures.has(COUNTED)) {
    const added = byRound(part, figures.get(COUNTED), bare, figures.get(OPEN_TELEMETRY))
    rest.push([
      'added under bpftrace, of what OpenTelemetry adds',
      spread(added, 3),
      atMost(added.median, 0.125)
    ])
    const least = byRound(part, figures.get(KERNEL), bare, figures.get(OPEN_TELEMETRY))
    rest.push(['added by as many probes of a bare app, of the same', spread(least, 3), ''])
  }
  note('In the same rounds:\n')
  table(['', 'ratio', 'target'], rest)
}
