// Middleware that copies a large object for every request.
const express = require('express')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

const settings = Array.from({ length: 100_000 }, (_, i) => ({ name: `setting ${i}`, value: { number: i } }))
const copies = []
const app = express()
app.use(restifyProbes())
// planted
app.use('/admin', function copySettings(req, _res, next) {
  req.settings = settings.map(({ name, value }) => ({ name: `${name} of ${req.url}`, value: { ...value } }))
  copies.push(req.settings)
  if (copies.length > 6) copies.shift()
  next()
})
ordinary(app)
app.get('/admin/users', (_req, res) => {
  res.json([])
})
listen(app)
