// Fires from JavaScript, through the addon, in a process of its own.
import { answering } from '../support/answering.mjs'
import { internal } from '../support/probes.mjs'
import { REQUEST_HEADERS, RESPONSE_HEADERS } from './arguments.mjs'

const { loadAddon, UsdtBackend } = internal('provider/usdt')

const backend = new UsdtBackend(loadAddon().addon)
const server = backend.names.of('helloworld')
const route = backend.names.of('getfoo')
const handler = backend.names.of('parseUrlEncodedBody')
const location = backend.names.of('lib/middlewares.js:42')
const routePath = backend.names.of('/hello/:name')
const BUSY = 1500

/** The headers are made into JSON at each fire, as for a request. */
const madeOf = (headers) => ({ json: () => JSON.stringify(headers) })
/** Ready headers tell the price of the JSON from the fire's. */
const ready = (headers) => {
  const json = JSON.stringify(headers)
  return { json: () => json }
}

const LOOPS = {
  'route-start': routeStarts(madeOf(REQUEST_HEADERS)),
  'route-start, JSON ready': routeStarts(ready(REQUEST_HEADERS)),
  'handler-start'(count) {
    for (let id = 1; id <= count; id++) backend.handlerStart(server, route, handler, id, location)
  },
  'handler-done'(count) {
    for (let id = 1; id <= count; id++) backend.handlerDone(server, route, handler, id, location, BUSY)
  },
  'route-done': routeDones(madeOf(RESPONSE_HEADERS)),
  'route-done, JSON ready': routeDones(ready(RESPONSE_HEADERS))
}

function routeStarts(headers) {
  return (count) => {
    for (let id = 1; id <= count; id++)
      backend.routeStart(server, route, id, 'GET', '/hello/mark', headers, routePath)
  }
}

function routeDones(headers) {
  return (count) => {
    for (let id = 1; id <= count; id++) backend.routeDone(server, route, id, 200, headers, routePath)
  }
}

answering({
  enabled: () => backend.enabled().toString(2).replaceAll('0', '').length,
  /** Nanoseconds of CPU that a fire takes. */
  fire(loop, count) {
    const before = process.cpuUsage()
    LOOPS[loop](count)
    const { user, system } = process.cpuUsage(before)
    return ((user + system) * 1000) / count
  }
})
