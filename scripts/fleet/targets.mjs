// Many made-up instances of an app in one process: the metrics of number N are at /N/metrics, as restify-probes/prometheus
// exposes them. Each route has one request a second, which runs all of its handlers. Some instances have the same figures as
// others, since one process could not count for a thousand; a Prometheus stores them all the same.
import http from 'node:http'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { HTTP_BOUNDARIES } = require('../../dist/metrics/boundaries.js')
const { formatFor } = require('../../dist/metrics/exposition/accept.js')
const { expose } = require('../../dist/metrics/exposition/exposition.js')
const { addHandlers, addRequests } = require('../../dist/metrics/rows.js')
const { Snapshot } = require('../../dist/metrics/snapshot.js')
const { bucketOf, SECONDS, ZERO } = require('../../dist/figures/grid.js')

const PLACES = 64
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT']
/** The part of each handler's time in which it holds the event loop. */
const BUSY_PART = 0.1

/** The number of different instances. */
const DIFFERENT = 20
/** The age that figures may have, in milliseconds, which is less than lies between two scrapes. */
const FRESH = 5000

const [targets, routes, handlers] = process.argv.slice(2).map(Number)

/** The median and the spread differ by route and handler, as in apps; a logarithmic normal distribution. */
function durationsOf(count, index) {
  const median = 0.002 * 1.1 ** (index % 50)
  const places = new Float64Array(PLACES)
  let sum = 0
  for (let i = 0; i < count; i++) {
    const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
    const duration = median * Math.exp(0.7 * normal)
    places[bucketOf(SECONDS, duration * 1e9) - ZERO]++
    sum += duration
  }
  return { count, sum, places }
}

class Instance {
  #snapshot = new Snapshot(HTTP_BOUNDARIES, Date.now())
  #then = Date.now() - FRESH
  #exposed = new Map()

  scraped(format) {
    if (Date.now() - this.#then >= FRESH) {
      this.#exposed.clear()
      this.#count(Math.floor((Date.now() - this.#then) / 1000))
    }
    if (!this.#exposed.has(format)) this.#exposed.set(format, expose(this.#snapshot, format))
    return this.#exposed.get(format)
  }

  #count(seconds) {
    this.#then += seconds * 1000
    for (let route = 0; route < routes; route++) {
      const of = { method: METHODS[route % METHODS.length], route: `/api/v1/resource-${route}/:id` }
      addRequests(this.#snapshot, { ...of, status: 200, durations: durationsOf(seconds, route) })
      for (let handler = 0; handler < handlers; handler++) {
        const durations = durationsOf(seconds, route + 7 * handler)
        const name = `handlerNumber${handler}`
        const location = `routes/resource-${route}.js:${10 + handler}`
        addHandlers(this.#snapshot, { ...of, name, location, durations, busy: durations.sum * BUSY_PART })
      }
    }
  }
}

const all = Array.from({ length: DIFFERENT }, () => new Instance())
const totals = { scrapes: 0, bytes: 0 }

const server = http.createServer((req, res) => {
  if (req.url === '/totals') return res.end(JSON.stringify({ ...totals, cpu: process.cpuUsage() }))
  const number = Number(/^\/(\d+)\/metrics$/.exec(req.url)?.[1])
  if (!(number < targets)) return res.writeHead(404).end()
  const { contentType, body } = all[number % DIFFERENT].scraped(formatFor(req.headers.accept))
  totals.scrapes++
  totals.bytes += body.length
  // Uncompressed: one process would have to compress for all.
  res.writeHead(200, { 'content-type': contentType }).end(body)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => console.log(`listening: ${server.address().port}`))
