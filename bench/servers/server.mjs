// One variant of one app, in a process of its own: node server.mjs guide off
import { once } from 'node:events'
import { getHeapSpaceStatistics } from 'node:v8'
import { answering } from '../support/answering.mjs'
import { RESTIFY_APPS } from '../support/apps.mjs'
import { require, restifyProbes } from '../support/probes.mjs'
import { appIn } from '../support/states.mjs'
import { firingApp } from './kernel.mjs'
import { instrument } from './telemetry.mjs'

const [app, mode] = process.argv.slice(2)

const SERVERS = {
  kernel: () => require('node:http').createServer(firingApp(app)),
  opentelemetry() {
    instrument()
    return httpServer('bare')
  },
  tracing() {
    const ignore = () => {}
    const { tracingChannel } = require('node:diagnostics_channel')
    const subscribers = { start: ignore, end: ignore, asyncStart: ignore, asyncEnd: ignore, error: ignore }
    tracingChannel('express.router.request').subscribe(subscribers)
    return httpServer('bare')
  },
  restify() {
    const server = require('restify').createServer({ dtrace: true })
    RESTIFY_APPS[app](server)
    return server
  }
}

/** Loads node:http late, so that OpenTelemetry can put its own around it. */
function httpServer(state) {
  return require('node:http').createServer(appIn(state, app))
}

const server = SERVERS[mode]?.() ?? httpServer(mode)
server.listen(0, '127.0.0.1')
await once(server.server ?? server, 'listening')

let before
answering({
  port: () => server.address().port,
  listened: () => (['off', 'on', 'kernel'].includes(mode) ? restifyProbes().status().enabled.length : 0),
  startClock() {
    before = process.cpuUsage()
  },
  /** Bytes in what V8 collects rarely. */
  oldGeneration: () =>
    getHeapSpaceStatistics()
      .filter(({ space_name: name }) => !/^(new|read_only|code)/.test(name))
      .reduce((sum, { space_used_size: size }) => sum + size, 0),
  /** Microseconds of CPU since startClock, this process's and the kernel's for it. */
  stopClock() {
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
})
