// How the price of tracing grows with an app and its requests: CPU time on the channels less CPU time off.
import { Child } from '../support/child.mjs'
import { contest } from '../support/contest.mjs'
import { heading, spread, table } from '../support/report.mjs'
import { byRound, difference, median, ratio } from '../support/statistics.mjs'
import { SHAPES } from './shapes.mjs'

const WORKER = new URL('./worker.mjs', import.meta.url).pathname
const ROUNDS = 8
const ROUND_MS = 80
/** The time in which V8 compiles what the requests run through. */
const WARM_UP_MS = 1500

heading('Growth: added CPU a request, on with the channels against off')
const rows = []
for (const [shape, { title, sizes }] of Object.entries(SHAPES)) {
  for (const size of sizes) {
    const { added, against, off } = await compare(shape, size)
    rows.push([title, size, median(off).toFixed(1), spread(added, 1), spread(against)])
  }
}
table(['what grows', 'size', 'off, µs', 'added µs', 'on against off'], rows)

async function compare(shape, size) {
  const states = await Promise.all(
    ['off', 'on'].map((state) => Child.start(state, WORKER, [shape, size, state]))
  )
  try {
    await Promise.all(states.map((child) => child.ask('round', WARM_UP_MS)))
    const figures = await contest(states, { rounds: ROUNDS }, (child) => child.ask('round', ROUND_MS))
    const [off, on] = [figures.get('off'), figures.get('on')]
    return { off, added: byRound(difference, on, off), against: byRound(ratio, on, off) }
  } finally {
    for (const child of states) await child.end()
  }
}
