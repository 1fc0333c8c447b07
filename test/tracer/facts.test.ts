import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import express from 'express'
import restifyProbes from 'restify-probes'
import { request, serving } from '../support/http'
import { parse, type SeenFiring, Tracer, tracing } from '../support/tracer'

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

/** The arguments of a handler's last handler-done. */
function done(seen: SeenFiring[], handler: string): (string | number)[] {
  const firing = seen.findLast(({ probe, args }) => probe === 'handler-done' && args[2] === handler)
  assert.ok(firing, `no handler-done of ${handler}`)
  return firing.args
}

describe('a tracer outside the process', tracing('bpftrace'), () => {
  it('sees location, busy time and route path (rules 13 to 15)', async () => {
    const app = express()
    app.use(restifyProbes())
    app.use(function blocks(_req, _res, next) {
      block(80)
      next()
    })
    app.use(function waits(_req, _res, next) {
      void setTimeout(150).then(() => next())
    })
    const router = express.Router()
    router.get('/:id', (_req, res) => void res.send('hello'))
    app.use('/api', router)

    const tracer = await Tracer.attach()
    await serving(app, async (server) => {
      await request(server, '/api/1')
      await setTimeout(100)
      await request(server, '/api/1')
      await request(server, '/nowhere')
    })
    const seen = parse(await tracer.detach())
    assert.deepEqual(
      seen.filter(({ probe }) => probe === 'route-done').map(({ args }) => args[5]),
      ['/api/:id', '/api/:id', '']
    )
    for (const handler of ['blocks', 'waits', 'handler-2']) {
      const [file, line] = String(done(seen, handler)[4]).split(':')
      assert.equal(file, 'test/tracer/facts.test.ts')
      assert.ok(Number(line) > 20 && Number(line) < 40, `${line}`)
    }
    const [blocks, waits] = [done(seen, 'blocks')[5] as number, done(seen, 'waits')[5] as number]
    assert.ok(blocks >= 80_000, `${blocks}`)
    assert.ok(waits < 75_000, `${waits}`)
  })

  it('sees all of a name that has a NUL in it', async () => {
    const app = express()
    app.use(restifyProbes({ name: 'before\0after', routeName: (_method, path) => `before\0${path}` }))
    const handler: express.RequestHandler = (_req, res) => void res.send('hello')
    Object.defineProperty(handler, 'name', { value: 'before\0after' })
    app.get('/a', handler)
    const tracer = await Tracer.attach()
    await serving(app, (server) => request(server, '/a'))
    const [, start] = parse(await tracer.detach())
    assert.deepEqual(start?.args.slice(0, 3), ['before\ufffdafter', 'before\ufffd/a', 'before\ufffdafter'])
  })
})
