// An export holds a lock for long, which others want for a moment.
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
app.get('/balance', async function showBalance(_req, res) {
  await locked(() => about(1))
  res.json({})
})
// planted
app.post('/export', async function exportAll(_req, res) {
  await locked(() => about(300))
  res.json({})
})
listen(app)
