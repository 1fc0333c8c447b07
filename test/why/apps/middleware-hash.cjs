// Middleware before all routes hashes a password, where there is one.
const { pbkdf2Sync } = require('node:crypto')
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
// planted
app.use(function authenticate(req, _res, next) {
  if (req.get('authorization')) pbkdf2Sync(req.get('authorization'), 'salt', 120_000, 64, 'sha512')
  next()
})
ordinary(app)
listen(app)
