// An error handler that does too much.
const express = require('express')
const restifyProbes = require('restify-probes')
const { compute, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
app.get('/quotes/:id', function showQuote(req, res) {
  if (Number(req.params.id) % 10 === 3) throw new Error('no such quote')
  res.json({})
})
// planted
app.use(function reportError(_error, _req, res, _next) {
  compute(100)
  res.status(500).json({})
})
listen(app)
