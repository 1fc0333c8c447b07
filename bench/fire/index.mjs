// What a fire costs from JavaScript, against a C program under the same bpftrace script.
import { Child } from '../support/child.mjs'
import { contest } from '../support/contest.mjs'
import { atMost, heading, note, spread, table } from '../support/report.mjs'
import { byRound, median, ratio } from '../support/statistics.mjs'
import { whyNoTracer } from '../support/tracer.mjs'
import { PROBES } from './arguments.mjs'
import { Limit } from './limit.mjs'
import { compareNops } from './nops.mjs'
import { traced } from './traced.mjs'

const ROUNDS = 10
const FIRES_A_ROUND = 50_000
const TARGETS = { route: 1.6, handler: 1.3 }

const problem = whyNoTracer()
if (problem !== undefined) {
  note(`Fires are not measured: ${problem}.`)
} else {
  const ours = await Child.start('ours', new URL('./ours.mjs', import.meta.url).pathname)
  await traced([ours, new Limit('limit')], compareWithLimit)
  if (process.arch === 'x64') await compareNops()
}

async function compareWithLimit(ours, limit) {
  heading('Fire: from JavaScript, against a C program, both under bpftrace counting')
  const rows = []
  for (const probe of PROBES) {
    const loops = probe.startsWith('route') ? [probe, `${probe}, JSON ready`] : [probe]
    const entrants = [
      { name: 'limit', child: limit, loop: probe },
      ...loops.map((loop) => ({ name: loop, child: ours, loop }))
    ]
    const figures = await contest(entrants, { rounds: ROUNDS, warmUps: 2 }, ({ child, loop }) =>
      child.ask('fire', loop, FIRES_A_ROUND)
    )
    const theirs = figures.get('limit')
    for (const loop of loops) rows.push(rowOf(loop, figures.get(loop), theirs, TARGETS[probe.split('-')[0]]))
  }
  table(['probe', 'C program, ns', 'JavaScript, ns', 'ratio', 'target'], rows)
  note(
    'The C program has the headers as JSON; so has the one called "JSON ready". The other makes it at each fire.'
  )
}

function rowOf(loop, figures, limit, target) {
  const against = byRound(ratio, figures, limit)
  return [
    loop,
    median(limit).toFixed(0),
    median(figures).toFixed(0),
    spread(against),
    atMost(against.median, target)
  ]
}
