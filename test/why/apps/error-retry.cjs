// A handler that tries again and again before it fails.
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/rates', async function showRates(_req, res) {
  const fails = Math.random() < 0.15
  for (let i = 0; i < (fails ? 4 : 1); i++) await about(fails ? 60 : 5)
  if (fails) res.status(502).end()
  else res.json({})
})
listen(app)
