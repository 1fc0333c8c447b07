// A handler that computes after it has waited, whatever is asked for; others wait for it.
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, compute, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/render', async (_req, res) => {
  await about(10)
  compute(110)
  res.send('done')
})
listen(app)
