// What requests leave behind: heap, memory of the process, listeners on connections.
import { load } from '../servers/load.mjs'
import { APPS } from '../support/apps.mjs'
import { Child } from '../support/child.mjs'
import { heading, note, table } from '../support/report.mjs'
import { STATES } from '../support/states.mjs'
import { median } from '../support/statistics.mjs'

const WORKER = new URL('./worker.mjs', import.meta.url).pathname
const SOCKETS = new URL('./sockets.mjs', import.meta.url).pathname
const SERVER = new URL('../servers/server.mjs', import.meta.url).pathname
const REQUESTS = 1_000_000
/** The number of requests after which caches are full and all is compiled. */
const WARM_UP = 50_000
/** A busy machine gets less far, and the growth of fewer requests stands for that of a million. */
const TIME_LIMIT_MS = 100_000
/** The limit in bytes a request: V8's own housekeeping comes to less, one small object to more. */
const GROWTH_LIMIT = 1

heading("Memory: the guide's app, off, and on with the channels")
table(
  [
    'state',
    'requests',
    'heap before',
    'heap after',
    'heap growth a request',
    'RSS before',
    'RSS after',
    'target'
  ],
  await Promise.all(['off', 'on'].map(growth))
)
note('')
table(
  [
    'state',
    'bytes allocated a request',
    'bytes of them in the old generation, of 1,000 routes',
    'listeners on a socket after 1 request',
    'after 1,000',
    'after 1,000 pipelined',
    'warnings from Node'
  ],
  await eachState(async (state) => [await allocation(state), await aged(state), ...(await listeners(state))])
)

async function eachState(measure) {
  const rows = []
  for (const [state, title] of Object.entries(STATES)) rows.push([title, ...(await measure(state))])
  return rows
}

async function growth(state) {
  const child = await Child.start(state, WORKER, [state], { execArgv: ['--expose-gc'] })
  try {
    await child.ask('send', WARM_UP)
    const before = await child.ask('live')
    const sent = await child.ask('send', REQUESTS, TIME_LIMIT_MS)
    const after = await child.ask('live')
    const bytes = (after.heapUsed - before.heapUsed) / sent
    return [
      STATES[state],
      sent,
      megabytes(before.heapUsed),
      megabytes(after.heapUsed),
      `${bytes.toFixed(3)} B`,
      megabytes(before.rss),
      megabytes(after.rss),
      `no growth: ${bytes < GROWTH_LIMIT ? 'met' : 'missed'}`
    ]
  } finally {
    await child.end()
  }
}

async function allocation(state) {
  const execArgv = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']
  const child = await Child.start(state, WORKER, [state], { execArgv })
  try {
    await child.ask('send', 30_000)
    const samples = []
    for (let i = 0; i < 9; i++) samples.push(await child.ask('allocated', 500))
    return Math.round(median(samples))
  } finally {
    await child.end()
  }
}

/**
 * Counts what V8 takes for old while it is garbage soon, which makes its collections longer. It needs a
 * server under load.
 */
async function aged(state) {
  const child = await Child.start(state, SERVER, ['routers', state])
  try {
    const url = `http://127.0.0.1:${await child.ask('port')}${APPS.routers.path}`
    await load(url, 20_000)
    const growth = []
    for (let i = 0; i < 20; i++) {
      const before = await child.ask('oldGeneration')
      await load(url, 1000)
      growth.push(((await child.ask('oldGeneration')) - before) / 1000)
    }
    // In the other rounds it was collected.
    return Math.round(median(growth.filter((bytes) => bytes > 0)))
  } finally {
    await child.end()
  }
}

async function listeners(state) {
  const child = await Child.start(state, SOCKETS, [state], { execArgv: ['--no-warnings'] })
  try {
    const counts = []
    for (const [count, pipelined] of [
      [1, 1],
      [1000, 1],
      [1000, 10]
    ]) {
      await child.ask('send', count, pipelined)
      counts.push(await child.ask('listeners'))
    }
    return [...counts, await child.ask('warnings')]
  } finally {
    await child.end()
  }
}

function megabytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(2)} MB`
}
