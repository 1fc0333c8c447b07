// In an app of 1,000 routes, a process of its own: how long the first traced request takes above an ordinary one.

import { answering } from '../support/answering.mjs'
import { APPS } from '../support/apps.mjs'
import { Connection, USUAL_HEADERS } from '../support/inject.mjs'
import { listenToChannels } from '../support/probes.mjs'
import { appIn } from '../support/states.mjs'
import { median } from '../support/statistics.mjs'

const { path } = APPS.routers
const connection = new Connection(appIn('off', 'routers'))

/** Milliseconds until the response has finished. */
async function request() {
  const start = performance.now()
  await new Promise((resolve) => connection.request(path, USUAL_HEADERS, resolve))
  return performance.now() - start
}

async function requests(count) {
  const times = []
  for (let i = 0; i < count; i++) times.push(await request())
  return times
}

answering({
  async measure() {
    await requests(3000)
    const ordinary = median(await requests(200))
    listenToChannels()
    return { ordinary, first: await request() }
  }
})
