// One of three workers of a cluster computes long in a handler that is quick in the others.
const cluster = require('node:cluster')
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { compute, listen, ordinary } = require('./support/app.cjs')

if (cluster.isPrimary) {
  for (let i = 0; i < 3; i++) cluster.fork({ CACHE: i === 2 ? '' : '1' })
  process.on('disconnect', () => process.exit())
} else {
  const app = express()
  app.use(restifyProbes())
  ordinary(app)
  // planted
  app.get('/catalog', function showCatalog(_req, res) {
    if (!process.env.CACHE) compute(80)
    res.json([])
  })
  listen(app)
}
