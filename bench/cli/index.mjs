// What the command line's own tracing adds to a server's CPU time a request, by bpftrace and by the process's socket,
// against bpftrace that only counts the same four probes.
import { fileURLToPath } from 'node:url'
import { load } from '../servers/load.mjs'
import { APPS } from '../support/apps.mjs'
import { Child } from '../support/child.mjs'
import { attachCommand } from '../support/command.mjs'
import { contest } from '../support/contest.mjs'
import { atMost, heading, note, spread, table } from '../support/report.mjs'
import { byRound, difference, median } from '../support/statistics.mjs'
import { attach, SCRIPTS, whyNoTracer } from '../support/tracer.mjs'

const SERVER = fileURLToPath(new URL('../servers/server.mjs', import.meta.url))
const ROUNDS = 10
const REQUESTS_A_ROUND = 2000
const WARM_UPS = 3
const PROBES = 4

const OFF = 'off'
const COUNT = 'bpftrace counting all four'
const KERNEL = ['--via', 'kernel']
const PROCESS = ['--via', 'process', '--json']
const COMMANDS = {
  'restify-probes latency': ['latency', ...KERNEL],
  'restify-probes top': ['top', ...KERNEL],
  'restify-probes trace': ['trace', ...KERNEL],
  'restify-probes trace --handlers': ['trace', '--handlers', ...KERNEL],
  'top by the socket': ['top', ...PROCESS],
  'trace --handlers by the socket': ['trace', '--handlers', ...PROCESS]
}
const TARGETS = ['restify-probes latency', 'restify-probes top']

async function compare(app) {
  const entrants = []
  try {
    for (const name of [OFF, COUNT, ...Object.keys(COMMANDS)]) entrants.push(await enter(app, name))
    report(await contest(entrants, { rounds: ROUNDS, warmUps: WARM_UPS }, cpuPerRequest))
  } finally {
    for (const { end } of entrants) await end()
  }
}

async function enter(app, name) {
  const child = await Child.start(name, SERVER, [app, OFF])
  const url = `http://127.0.0.1:${await child.ask('port')}${APPS[app].path}`
  const detach = await attached(name, child)
  const end = async () => {
    await detach()
    await child.end()
  }
  return { name, child, url, end }
}

async function attached(name, child) {
  if (name === OFF) return () => {}
  if (name === COUNT) return attach(child.pid, SCRIPTS.count, () => child.ask('listened'))
  // trace without handlers listens to the two probes of routes.
  const probes = name === 'restify-probes trace' ? 2 : PROBES
  return attachCommand(child.pid, COMMANDS[name], () => child.ask('listened'), probes)
}

async function cpuPerRequest({ child, url }) {
  await child.ask('startClock')
  await load(url, REQUESTS_A_ROUND)
  return (await child.ask('stopClock')) / REQUESTS_A_ROUND
}

function report(figures) {
  const off = figures.get(OFF)
  const part = (on, counting, without) => (on - without) / (counting - without)
  const rows = [...figures].map(([name, list]) => {
    const added = byRound(difference, list, off)
    const against = byRound(part, list, figures.get(COUNT), off)
    return [
      name,
      median(list).toFixed(1),
      name === OFF ? '' : spread(added, 1),
      name === OFF ? '' : spread(against),
      TARGETS.includes(name) ? atMost(against.median, 1.5) : ''
    ]
  })
  table(['tracer', 'CPU µs a request', 'added µs', 'added, against counting', 'target'], rows)
}

const problem = whyNoTracer()
for (const [app, { title }] of Object.entries(APPS)) {
  heading(`The command line: ${title}`)
  if (problem === undefined) await compare(app)
  else note(`Not measured: ${problem}.`)
}
