// One of the many small processes of a host: node app.mjs ROUTES HANDLERS
import { once } from 'node:events'
import http from 'node:http'
import { answering } from '../support/answering.mjs'
import { require, restifyProbes } from '../support/probes.mjs'

const [routes, handlers] = process.argv.slice(2).map(Number)
const app = require('express')()
app.use(restifyProbes()())
for (let route = 0; route < routes; route++) {
  const chain = Array.from({ length: handlers - 1 }, (_, i) =>
    named(`step${i}`, (_req, _res, next) => next())
  )
  app.get(
    `/resource${route}/:id`,
    ...chain,
    named('respond', (_req, res) => void res.end())
  )
}
const server = http.createServer(app)
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

function named(name, handler) {
  return Object.defineProperty(handler, 'name', { value: name })
}

async function ask(route) {
  const [res] = await once(http.get({ port, agent, path: `/resource${route}/7` }), 'response')
  res.resume()
  await once(res, 'end')
}

let next = 0
answering({
  /** A request to each of its routes. */
  async askAll() {
    for (let route = 0; route < routes; route++) await ask(route)
  },
  /** Sends a request once in so many milliseconds from now on. */
  keepAsking(ms) {
    setInterval(() => ask(next++ % routes).catch(() => {}), ms)
  }
})
