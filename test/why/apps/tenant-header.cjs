// One tenant's data is slow to be had; the tenant is in a header.
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/invoices', async function listInvoices(req, res) {
  await about(req.get('x-tenant') === 'acme' ? 300 : 6)
  res.json([])
})
listen(app)
