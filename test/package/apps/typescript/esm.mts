import { type Channel, channel } from 'node:diagnostics_channel'
import express from 'express'
import restifyProbes, { type Options, requestId, route, type Status, status } from 'restify-probes'
import { metrics, type Options as PrometheusOptions } from 'restify-probes/prometheus'

const options: Options = { name: 'typed', redact: ['cookie'], routeName: (method, path) => method + path }
const app = express()
app.use(restifyProbes(options))
app.get('/hello/:name', route('GetFoo'), (req, res) => {
  const id: number | undefined = requestId(req)
  res.json({ id })
})

const { provider, message, addon }: Status = status()
export const known: ['usdt' | 'dtrace' | 'none', string, string | undefined] = [provider, message, addon]
export const seen: Channel = channel('restify:route-done')

seen.subscribe((data) => {
  const done = data as restifyProbes.RouteDoneMessage
  const code: number = done.statusCode
  // @ts-expect-error: route-done has no URL
  return [code, done.url]
})
// @ts-expect-error: there is no such option
restifyProbes({ nam: 'typed' })
// @ts-expect-error: a name is a string
route(1)

const measured: PrometheusOptions = { buckets: [0.1, 1], handlers: '10m' }
app.get('/metrics', metrics(measured))
// @ts-expect-error: there is no such option
metrics({ bucket: [0.1] })
