// One of two workers of a cluster has a slow session store, which every request waits for.
const cluster = require('node:cluster')
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork({ STORE: i === 0 ? 'slow' : 'quick' })
  process.on('disconnect', () => process.exit())
} else {
  const app = express()
  app.use(restifyProbes())
  // planted
  app.use((_req, _res, next) => {
    about(process.env.STORE === 'slow' ? 120 : 2).then(() => next())
  })
  ordinary(app)
  listen(app)
}
