// One of three workers of a cluster waits long for its database.
const cluster = require('node:cluster')
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

if (cluster.isPrimary) {
  for (let i = 0; i < 3; i++) cluster.fork({ SLOW: i === 1 ? '1' : '' })
  process.on('disconnect', () => process.exit())
} else {
  const app = express()
  app.use(restifyProbes())
  ordinary(app)
  // planted
  app.get('/profile', async (_req, res) => {
    await about(process.env.SLOW ? 200 : 5)
    res.json({})
  })
  listen(app)
}
