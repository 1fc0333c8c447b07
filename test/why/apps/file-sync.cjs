// A handler that waits for a program without letting go of the event loop.
const { execFileSync } = require('node:child_process')
const express = require('express')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/version', function showVersion(_req, res) {
  execFileSync('sleep', ['0.12'])
  res.send('1')
})
listen(app)
