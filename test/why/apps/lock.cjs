// A lock that one request has at a time.
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

let last = Promise.resolve()
function locked(work) {
  last = last.then(work)
  return last
}

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.post('/payments', async (_req, res) => {
  await locked(() => about(45))
  res.json({})
})
listen(app)
