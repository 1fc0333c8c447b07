const { once } = require('node:events')
const express = require('express')
const restifyProbes = require('restify-probes')

test('an app with probes', async () => {
  const app = express()
  const attach = process.env.ATTACH ? { attach: true } : {}
  app.use(restifyProbes(attach))
  app.get('/hello/:name', function respond(req, res) {
    res.send({ hello: req.params.name })
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/hello/mark`)
  expect(await answer.json()).toEqual({ hello: 'mark' })
  server.close()
  const { provider, addon, attach: attached } = restifyProbes.status()
  expect(provider).toBe('usdt')
  if (process.env.ADDON) expect(addon).toBe(process.env.ADDON)
  // Jest's own vm contexts get a socket only if they want one.
  expect(attached.socket !== undefined).toBe(Boolean(process.env.ATTACH))
})
