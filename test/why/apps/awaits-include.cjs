// Everything that is to be included is asked for one after the other.
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/articles/:id', async function showArticle(req, res) {
  for (const _part of (req.query.include ?? '').split(',')) await about(20)
  res.json({})
})
listen(app)
