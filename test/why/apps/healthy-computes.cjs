// Handlers that compute for one or two milliseconds, and errors that are quick.
const express = require('express')
const restifyProbes = require('restify-probes')
const { compute, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
app.get('/quotes/:id', (req, res) => {
  compute(1 + Math.random())
  if (req.params.id.endsWith('3')) res.status(404).end()
  else res.json({})
})
app.get('/fail', () => {
  throw new Error('as planned')
})
app.use((_error, _req, res, _next) => {
  res.status(500).end()
})
listen(app)
