// The greater a number in the query, the longer the handler computes.
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { compute, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
const api = express.Router()
// planted
api.get('/export', function exportRows(req, res) {
  compute(Number(req.query.limit) / 50)
  res.json({ rows: Number(req.query.limit) })
})
app.use('/api', api)
listen(app)
