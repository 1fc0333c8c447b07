import express = require('express')
import restifyProbes = require('restify-probes')

import { metrics, type Options as PrometheusOptions } from 'restify-probes/prometheus'

const options: restifyProbes.Options = { name: 'typed', routes: { 'GET /hello/:name': 'GetFoo' } }
const app = express()
const middleware: restifyProbes.Middleware = restifyProbes(options)
app.use(middleware)
app.get('/hello/:name', restifyProbes.route('GetFoo'), (req, res) => {
  const id: number | undefined = restifyProbes.requestId(req)
  res.json({ id })
})

export const { provider }: restifyProbes.Status = restifyProbes.status()
// @ts-expect-error: there is no such option
restifyProbes({ nam: 'typed' })
// @ts-expect-error: a name is a string
restifyProbes.route(1)

const measured: PrometheusOptions = { buckets: [0.1, 1], handlers: '10m' }
app.get('/metrics', metrics(measured))
// @ts-expect-error: there is no such option
metrics({ bucket: [0.1] })
