import express from 'express'
import restifyProbes, { route, status } from 'restify-probes'
import { serve } from './serve.cjs'

const app = express()
app.use(restifyProbes({ name: 'helloworld' }))
app.use(function first(_req, _res, next) {
  next()
})
app.get('/hello/:name', route('GetFoo'), function respond(req, res) {
  res.send({ hello: req.params.name })
})
serve(app, status)
