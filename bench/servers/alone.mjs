import { Child } from '../support/child.mjs'
import { contest } from '../support/contest.mjs'
import { atMost, spread, table } from '../support/report.mjs'
import { STATES } from '../support/states.mjs'
import { byRound, difference, median, ratio } from '../support/statistics.mjs'

const APP = new URL('./app.mjs', import.meta.url).pathname
const ROUNDS = 14
const ROUND_MS = 120
/** Until V8 has compiled what the requests run through. */
const WARM_UP_MS = 2000

/** The app in each state without the network around it, which is most of a server's work, and of its noise. */
export async function compareAlone(app) {
  const names = Object.keys(STATES)
  const apps = await Promise.all(names.map((state) => Child.start(state, APP, [app, state])))
  try {
    await Promise.all(apps.map((child) => child.ask('round', WARM_UP_MS)))
    const figures = await contest(apps, { rounds: ROUNDS }, (child) => child.ask('round', ROUND_MS))
    const bare = figures.get('bare')
    const rows = names.map((state) => {
      const list = figures.get(state)
      const against = byRound(ratio, list, bare)
      const added = spread(byRound(difference, list, bare))
      const target = state === 'off' ? atMost(against.median, 1.01) : ''
      return [STATES[state], median(list).toFixed(1), added, spread(against, 3), target]
    })
    table(['state', 'CPU µs a request', 'added µs', 'against bare Express', 'target'], rows)
  } finally {
    for (const child of apps) await child.end()
  }
}
