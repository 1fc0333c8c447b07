// A regular expression that backtracks, on what clients post; Express 4.
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
app.use(express.json())
ordinary(app)
const accounts = express.Router()
// planted
accounts.post('/signup', function signUp(req, res) {
  res.json({ valid: /^([a-z0-9]+)+$/.test(req.body.name) })
})
app.use('/accounts', accounts)
listen(app)
