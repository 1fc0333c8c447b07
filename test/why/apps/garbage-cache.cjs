// A cache that forgets nothing before it is full, of small objects: the collector copies them.
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

const text = Array.from({ length: 120_000 }, (_, i) => `word${i}`).join(' ')
let cache = new Map()
const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/recommendations', function recommend(_req, res) {
  const rows = text.split(' ').map((word) => ({ word, upper: word.toUpperCase() }))
  cache.set(cache.size, rows)
  if (cache.size > 8) cache = new Map()
  res.json({ size: cache.size })
})
listen(app)
