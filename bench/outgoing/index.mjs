// What trace --outgoing costs an app beside trace --handlers: CPU time of the whole server a request.
import { once } from 'node:events'
import http from 'node:http'
import { load } from '../servers/load.mjs'
import { Child } from '../support/child.mjs'
import { attachCommand } from '../support/command.mjs'
import { contest } from '../support/contest.mjs'
import { heading, spread, table } from '../support/report.mjs'
import { byRound, median, ratio } from '../support/statistics.mjs'

const SERVER = new URL('./server.mjs', import.meta.url).pathname
const ROUNDS = 20
const REQUESTS_A_ROUND = 500
const WARM_UPS = 4

const TRACE = ['trace', '--via', 'process', '--json']
const VARIANTS = [
  { name: 'off' },
  { name: 'trace --handlers', command: [...TRACE, '--handlers'] },
  { name: 'trace --outgoing', command: [...TRACE, '--outgoing'] }
]

async function enter(port, calls, { name, command }) {
  const child = await Child.start(name, SERVER, [port, calls])
  const url = `http://127.0.0.1:${await child.ask('port')}/calls/7`
  const detach =
    command === undefined ? () => {} : await attachCommand(child.pid, command, () => child.ask('listened'), 4)
  const end = async () => {
    await detach()
    await child.end()
  }
  return { name, child, url, end }
}

async function cpuPerRequest({ child, url }) {
  await child.ask('startClock')
  await load(url, REQUESTS_A_ROUND)
  return (await child.ask('stopClock')) / REQUESTS_A_ROUND
}

async function compare(port, calls) {
  const entrants = []
  try {
    for (const variant of VARIANTS) entrants.push(await enter(port, calls, variant))
    return await contest(entrants, { rounds: ROUNDS, warmUps: WARM_UPS }, cpuPerRequest)
  } finally {
    for (const { end } of entrants) await end()
  }
}

const upstream = http.createServer((_req, res) => res.end('answer')).listen(0, '127.0.0.1')
await once(upstream, 'listening')
heading(
  'Outgoing calls: CPU time a request of a server of six handlers, the last of which calls another server'
)
for (const calls of [0, 1, 4]) {
  const figures = await compare(upstream.address().port, calls)
  const off = figures.get('off')
  table(
    [`${calls} calls`, 'CPU µs a request', 'against off'],
    [...figures].map(([name, list]) => [name, median(list).toFixed(1), spread(byRound(ratio, list, off), 3)])
  )
  console.log()
}
upstream.closeAllConnections()
upstream.close()
