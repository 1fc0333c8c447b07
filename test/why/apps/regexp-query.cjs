// A regular expression that backtracks, on what clients send in a query parameter.
const express = require('express')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/validate', (req, res) => {
  res.json({ valid: /^(\w+\s?)*$/.test(req.query.text) })
})
listen(app)
