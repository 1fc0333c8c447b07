// Nothing is planted.
const express = require('express')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
app.use(express.json())
ordinary(app)
listen(app)
