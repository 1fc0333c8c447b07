// A pool of two connections, for more requests than that.
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

let free = 2
const waiting = []
async function query() {
  if (free === 0) await new Promise((resolve) => waiting.push(resolve))
  else free--
  await about(70)
  const next = waiting.shift()
  if (next === undefined) free++
  else next()
}

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/stock', function showStock(_req, res) {
  query().then(() => res.json({}))
})
listen(app)
