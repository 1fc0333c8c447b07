// A handler that makes so many objects, and keeps them for a while, that the collector holds the loop.
const express = require('express')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

const kept = []
const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/snapshot', (_req, res) => {
  const made = []
  for (let i = 0; i < 240_000; i++) made.push({ i, name: `${'x'.repeat(10)}${i}` })
  kept.push(made)
  if (kept.length > 6) kept.shift()
  res.json({ kept: kept.length })
})
listen(app)
