// Three workers, none of which is slow.
const cluster = require('node:cluster')
const express = require('express')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

if (cluster.isPrimary) {
  for (let i = 0; i < 3; i++) cluster.fork()
  process.on('disconnect', () => process.exit())
} else {
  const app = express()
  app.use(restifyProbes())
  ordinary(app)
  listen(app)
}
