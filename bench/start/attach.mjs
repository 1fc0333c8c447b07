// In an app of 1,000 routes, a process of its own: what it costs to find out where all its handlers were written.
import { subscribe } from 'node:diagnostics_channel'
import { answering } from '../support/answering.mjs'
import { APPS } from '../support/apps.mjs'
import { Connection, USUAL_HEADERS } from '../support/inject.mjs'
import { appIn } from '../support/states.mjs'

const { path } = APPS.routers
const connection = new Connection(appIn('off', 'routers'))

function request() {
  return new Promise((resolve) => connection.request(path, USUAL_HEADERS, resolve))
}

/** Milliseconds of CPU that this process has used. */
function used() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The longest time, in milliseconds, between two turns of the event loop, until `more` says no. */
function longestPause(more) {
  return new Promise((resolve) => {
    let longest = 0
    let last = performance.now()
    const turn = () => {
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
      if (more()) setImmediate(turn)
      else resolve(longest)
    }
    setImmediate(turn)
  })
}

answering({
  async measure() {
    for (let i = 0; i < 3000; i++) await request()
    let location = ''
    subscribe('restify:handler-done', (message) => {
      location = message.location
    })
    const [cpu, start] = [used(), performance.now()]
    await request()
    let asking = false
    const pause = await longestPause(() => {
      if (location !== '') return false
      if (!asking) {
        asking = true
        void request().then(() => {
          asking = false
        })
      }
      return true
    })
    return { known: performance.now() - start, cpu: used() - cpu, pause }
  }
})
