// Server-sent events, which are meant to last.
const express = require('express')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
app.get('/news', (_req, res) => {
  res.type('text/event-stream').write('data: 1\n\n')
  setTimeout(() => res.end('data: 2\n\n'), 700)
})
listen(app)
