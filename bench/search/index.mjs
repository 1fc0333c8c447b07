// Finding the route at route-start, against the time that Express itself takes to reach it.
import { Child } from '../support/child.mjs'
import { contest } from '../support/contest.mjs'
import { atMost, heading, spread, table } from '../support/report.mjs'
import { byRound, median, ratio } from '../support/statistics.mjs'

const ROUNDS = 5
const SIZES = [10, 100, 1000, 10_000]
const SHAPES = { flat: 'in one stack', routers: 'in routers of 20' }

heading("Search: finding the route at route-start, against Express's way to it")
const rows = []
for (const [shape, title] of Object.entries(SHAPES)) {
  for (const size of SIZES) {
    const figures = await compare(shape, size)
    const [ours, express] = [figures.get('ours'), figures.get('express')]
    const part = byRound(ratio, ours, express)
    const microseconds = (list) => (median(list) / 1000).toFixed(2)
    rows.push([
      `${size} routes ${title}`,
      microseconds(express),
      microseconds(ours),
      spread(part),
      atMost(part.median, 1)
    ])
  }
}
table(['', 'Express, µs', 'ours, µs', 'ratio', 'target'], rows)

async function compare(shape, size) {
  const contestants = []
  try {
    for (const name of ['express', 'ours']) {
      const file = new URL(`./${name}.mjs`, import.meta.url).pathname
      contestants.push(await Child.start(name, file, [shape, size], { execArgv: ['--expose-gc'] }))
    }
    return await contest(contestants, { rounds: ROUNDS }, (child) => child.ask('round'))
  } finally {
    for (const child of contestants) await child.end()
  }
}
