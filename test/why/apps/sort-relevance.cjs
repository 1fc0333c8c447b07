// One value of a query parameter makes a handler compute for long.
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, compute, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
async function search(req, res) {
  await about(4)
  if (req.query.sort === 'relevance') compute(120)
  res.json([])
}
app.get('/search', search)
listen(app)
