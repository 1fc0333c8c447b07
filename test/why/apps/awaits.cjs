// Six things that could be asked for at once are asked for one after the other.
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/dashboard', async (_req, res) => {
  for (let i = 0; i < 6; i++) await about(30)
  res.json({})
})
listen(app)
