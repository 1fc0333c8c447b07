// Middleware before all routes asks a slow service for each request.
const express = require('express')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
// planted
app.use(async (_req, _res, next) => {
  await about(90)
  next()
})
ordinary(app)
listen(app)
