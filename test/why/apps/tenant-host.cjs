// One tenant's data is slow to be had; the tenant is the host that clients ask for.
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
// planted
app.use(async function loadTenant(req, _res, next) {
  await about(req.hostname === 'initech.example' ? 150 : 1)
  next()
})
ordinary(app)
listen(app)
