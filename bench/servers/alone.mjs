import { Child } from '../support/child.mjs'
import { spread, table } from '../support/report.mjs'
import { NAMED, STATES } from '../support/states.mjs'
import { difference, median, ratio, summaryOf } from '../support/statistics.mjs'

const APP = new URL('./app.mjs', import.meta.url).pathname
/** One process compiles and lays out the same code a little better or worse than the next. */
const PROCESSES = 8
const AT_A_TIME = 2

/** The states in which nobody listens can share a process. */
const QUIET = ['bare', 'empty', 'off', NAMED]
const LISTENED = [
  ['bare', 'on'],
  ['bare', 'attached']
]
const TITLES = { ...STATES, [NAMED]: 'off, and the route named by restifyProbes.route()' }

/**
 * The app in each state without the network around it, which is most of a
 * server's work, and of its noise.
 *
 * @returns microseconds of CPU that the middleware adds to a request when off
 */
export async function compareAlone(app) {
  const quiet = await measure(app, QUIET, PROCESSES)
  const rows = QUIET.map((state) => rowOf(state, quiet))
  for (const [bare, state] of LISTENED)
    rows.push(rowOf(state, await measure(app, [bare, state], PROCESSES / 2)))
  table(['state', 'CPU µs a request', 'added µs', 'against bare Express'], rows)
  return added('off', quiet).median
}

/** A figure of each state from each process. Who comes first in one has an advantage, so each does equally often. */
async function measure(app, states, processes) {
  const figures = []
  while (figures.length < processes) {
    const batch = Array.from({ length: AT_A_TIME }, (_, i) => rotated(states, figures.length + i))
    figures.push(...(await Promise.all(batch.map((order) => inOneProcess(app, order)))))
  }
  return figures
}

async function inOneProcess(app, states) {
  const child = await Child.start(`${app} in ${states}`, APP, [app, ...states])
  try {
    return await child.ask('measure')
  } finally {
    await child.end()
  }
}

function rowOf(state, figures) {
  const against = summaryOf(figures.map((figure) => ratio(figure[state], figure.bare)))
  const own = median(figures.map((figure) => figure[state]))
  return [TITLES[state], own.toFixed(1), spread(added(state, figures)), spread(against, 3)]
}

function added(state, figures) {
  return summaryOf(figures.map((figure) => difference(figure[state], figure.bare)))
}

function rotated(list, by) {
  const at = by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}
