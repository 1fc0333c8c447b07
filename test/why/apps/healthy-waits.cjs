// Handlers that wait for up to 40 ms, some longer than others.
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
app.get('/feed', async (_req, res) => {
  await about(10 + 20 * Math.random())
  res.json([])
})
app.get('/users/:id', (_req, res) => {
  setTimeout(() => res.json({}), 15)
})
listen(app)
