// Finding the route at route-start, against the time that Express itself takes to reach it.
import { Child } from '../support/child.mjs'
import { contest } from '../support/contest.mjs'
import { atMost, heading, note, spread, table } from '../support/report.mjs'
import { byRound, median, ratio } from '../support/statistics.mjs'

const ROUNDS = 4
const RELEASES = { express: 'Express 5', 'express-4': 'Express 4' }
const SIZES = [10, 100, 1000, 10_000]
const SHAPES = { flat: 'in one stack', routers: 'in routers of 20' }

heading("Search: finding the route at route-start, against Express's way to it")
for (const [release, name] of Object.entries(RELEASES)) {
  note(`${name}:\n`)
  const rows = []
  for (const [shape, title] of Object.entries(SHAPES))
    for (const size of SIZES) rows.push(await rowOf(release, shape, size, title))
  table(['', 'Express, µs', 'ours, µs', 'ratio', 'target'], rows)
}

async function rowOf(release, shape, size, title) {
  const figures = await compare(release, shape, size)
  const [ours, express] = [figures.get('ours'), figures.get('express')]
  const part = byRound(ratio, ours, express)
  const microseconds = (list) => (median(list) / 1000).toFixed(2)
  const target = atMost(part.median, 1)
  return [`${size} routes ${title}`, microseconds(express), microseconds(ours), spread(part), target]
}

async function compare(release, shape, size) {
  const contestants = []
  try {
    for (const name of ['express', 'ours']) {
      const file = new URL(`./${name}.mjs`, import.meta.url).pathname
      contestants.push(await Child.start(name, file, [release, shape, size], { execArgv: ['--expose-gc'] }))
    }
    return await contest(contestants, { rounds: ROUNDS }, (child) => child.ask('round'))
  } finally {
    for (const child of contestants) await child.end()
  }
}
