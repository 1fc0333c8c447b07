const { once } = require('node:events')
const express = require('express')
const restifyProbes = require('restify-probes')

test('an app with probes', async () => {
  const app = express()
  app.use(restifyProbes())
  app.get('/hello/:name', function respond(req, res) {
    res.send({ hello: req.params.name })
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/hello/mark`)
  expect(await answer.json()).toEqual({ hello: 'mark' })
  server.close()
  expect(restifyProbes.status()).toMatchObject({ provider: 'usdt', addon: process.env.ADDON })
})
