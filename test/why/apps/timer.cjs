// A timer's work holds the loop; no handler is to blame.
const express = require('express')
const restifyProbes = require('restify-probes')
const { compute, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
setInterval(() => compute(150), 400)
listen(app)
