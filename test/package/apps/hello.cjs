const express = require('express')
const restifyProbes = require('restify-probes')
const { serve } = require('./serve.cjs')

const app = express()
app.use(restifyProbes({ name: 'helloworld' }))
app.use(function first(_req, _res, next) {
  next()
})
app.get('/hello/:name', restifyProbes.route('GetFoo'), function respond(req, res) {
  res.send({ hello: req.params.name })
})
serve(app, restifyProbes.status)
