// A chain of promises, each of which begins when the one before has ended; Express 4.
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
const checkout = express.Router()
// planted
checkout.post('/', (_req, res, next) => {
  about(50)
    .then(() => about(60))
    .then(() => about(40))
    .then(() => about(50))
    .then(() => res.status(201).json({}))
    .catch(next)
})
app.use('/checkout', checkout)
listen(app)
