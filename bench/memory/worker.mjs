// Memory of one app in one state, in a process of its own: node --expose-gc worker.mjs on
import { answering } from '../support/answering.mjs'
import { APPS } from '../support/apps.mjs'
import { Connection, requests, USUAL_HEADERS } from '../support/inject.mjs'
import { appIn } from '../support/states.mjs'

const [state] = process.argv.slice(2)
const { path } = APPS.guide
const connection = new Connection(appIn(state, 'guide'))

/** @returns how many were sent: fewer where the time was not enough */
async function send(count, milliseconds = Number.POSITIVE_INFINITY) {
  const end = performance.now() + milliseconds
  let sent = 0
  await requests(connection, path, USUAL_HEADERS, () => ++sent < count && performance.now() < end)
  return sent
}

/** The memory that is left when all that can be freed is. */
async function live() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { heapUsed, rss } = process.memoryUsage()
  return { heapUsed, rss }
}

answering({
  send,
  live,
  /** Bytes that V8 hands out a request, in a heap so large that nothing is collected meanwhile. */
  async allocated(count) {
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    await send(count)
    return (process.memoryUsage().heapUsed - before) / count
  }
})
