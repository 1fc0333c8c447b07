import { once } from 'node:events'
import express from 'express'
import restifyProbes, { status } from 'restify-probes'
import { expect, test } from 'vitest'

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
  const { provider, addon, attach: attached } = status()
  expect(provider).toBe('usdt')
  if (process.env.ADDON) expect(addon).toBe(process.env.ADDON)
  expect(attached.socket).toMatch(/\.sock$/)
})
