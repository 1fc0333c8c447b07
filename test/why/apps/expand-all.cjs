// One value of a query parameter makes a handler wait for long.
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/orders', async (req, res) => {
  await about(req.query.expand === 'all' ? 250 : 5)
  res.json([])
})
listen(app)
