// Middleware before all routes writes an audit log for what changes something.
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
app.use(express.json())
// planted
app.use((req, _res, next) => {
  if (req.method === 'GET') return next()
  about(160).then(() => next(), next)
})
ordinary(app)
app.post('/items', (_req, res) => {
  res.status(201).json({})
})
app.put('/items/:id', (_req, res) => {
  res.json({})
})
listen(app)
