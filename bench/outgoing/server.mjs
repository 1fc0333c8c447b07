// An app whose handler calls another server as often as it is told, one call after the other: node server.mjs PORT CALLS
import { once } from 'node:events'
import { answering } from '../support/answering.mjs'
import { require, restifyProbes } from '../support/probes.mjs'

const [port, calls] = process.argv.slice(2).map(Number)
const http = require('node:http')
const agent = new http.Agent({ keepAlive: true })

function call() {
  return new Promise((resolve, reject) => {
    const req = http.get({ host: '127.0.0.1', port, path: '/answer', agent }, (res) => {
      res.resume()
      res.on('end', resolve)
    })
    req.on('error', reject)
  })
}

const app = require('express')()
app.use(restifyProbes()({ name: 'bench' }))
for (let step = 0; step < 5; step++) app.use((_req, _res, next) => next())
app.get('/calls/:id', async function respond(_req, res) {
  for (let left = calls; left > 0; left--) await call()
  res.send('hello')
})

const server = http.createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')

let before
answering({
  port: () => server.address().port,
  listened: () => restifyProbes().status().enabled.length,
  startClock() {
    before = process.cpuUsage()
  },
  /** Microseconds of CPU since startClock, this process's and the kernel's for it. */
  stopClock() {
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
})
