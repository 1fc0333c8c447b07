// A server of an app of 50 routers and 1,000 routes that knows nothing of probes, a process of its own.
import http from 'node:http'
import { answering } from '../support/answering.mjs'
import { APPS } from '../support/apps.mjs'
import { require } from '../support/probes.mjs'

const server = http.createServer(APPS.routers.build(require('express'), [], () => []))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

let longest = 0
let before = used()

/** Milliseconds of CPU that this process has used, all threads of it: what else runs on the machine is not in it. */
function used() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Each turn of the event loop comes so soon after the one before as there is nothing else to do. */
function turn() {
  const now = used()
  longest = Math.max(longest, now - before)
  before = now
  setImmediate(turn)
}
turn()

answering({
  address: () => `http://127.0.0.1:${server.address().port}${APPS.routers.path}`,
  /** The longest time, in milliseconds of CPU, between two turns of the event loop since the last question. */
  pause() {
    const pause = longest
    longest = 0
    return pause
  }
})
