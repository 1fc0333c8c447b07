import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { tracingChannel } from 'node:diagnostics_channel'
import { cpSync, existsSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Express, NextFunction, Response } from 'express'
import restifyProbes from 'restify-probes'
import { EXPRESS_MAJORS, load, titleOf } from './support/frameworks'
import { answer, pass } from './support/handlers'
import { request, serving } from './support/http'
import { Recorder, summary } from './support/recorder'
import { trace } from './support/tracing-in-process'

interface AnyLayer {
  name: string
  handle: ((...args: unknown[]) => unknown) & { stack?: AnyLayer[] }
  route?: { stack: AnyLayer[] }
}

function stackOf(app: Express): AnyLayer[] {
  const { _router } = app as unknown as { _router?: { stack: AnyLayer[] } }
  return (_router ?? (app as unknown as { router: { stack: AnyLayer[] } }).router).stack
}

/** All that a tool can read off a stack: every layer's own properties, and its function's name, arity and text. */
function shapeOf(app: Express): unknown {
  const read = (layers: AnyLayer[]): unknown[] =>
    layers.map((layer) => [
      Object.keys(layer),
      layer.handle.name,
      layer.handle.length,
      String(layer.handle),
      read(layer.route?.stack ?? layer.handle.stack ?? [])
    ])
  return read(stackOf(app))
}

async function besideOpenTelemetry(
  express: string,
  order: 'first' | 'last' | 'without'
): Promise<{ spans: string[]; lines: string[]; locations: Record<string, string> }> {
  const fixture = path.join(__dirname, 'fixtures', 'opentelemetry.js')
  // OpenTelemetry knows Express by the name of its folder.
  const modules = path.join(__dirname, 'fixtures', express, 'node_modules')
  const copy = path.join(modules, 'express')
  if (!existsSync(copy))
    cpSync(path.dirname(require.resolve(`${express}/package.json`)), copy, { recursive: true })
  const { stdout } = await promisify(execFile)(process.execPath, [
    fixture,
    path.join(copy, 'index.js'),
    order
  ])
  return JSON.parse(stdout)
}

for (const release of EXPRESS_MAJORS) {
  describe(`neighbours, on ${titleOf(release)}`, () => {
    for (const order of ['first', 'last'] as const) {
      it(`OpenTelemetry's instrumentation, loaded ${order}`, async () => {
        const alone = await besideOpenTelemetry(release.express, 'without')
        const beside = await besideOpenTelemetry(release.express, order)
        assert.deepEqual(beside.lines, alone.lines)
        // The app's own functions, not those that OpenTelemetry has put around them (rule 13).
        const file = 'opentelemetry.js'
        assert.deepEqual(beside.locations, { first: file, inRouter: file, plain: file })
        // Six requests: three while we traced, three after.
        const half = beside.spans.length / 2
        assert.ok(half >= 9, beside.spans.join('\n'))
        assert.deepEqual(beside.spans.slice(0, half), beside.spans.slice(half))
      })
    }

    it('tools that read the stack see the same app while it is traced (rule 12)', async () => {
      const listEndpoints = (await import('express-list-endpoints')).default
      const app: Express = load(release)()
      app.use(restifyProbes())
      const router = load(release).Router()
      router.get('/users/:id', pass, answer)
      app.use('/api', pass, router)
      app.route('/both').get(answer).post(answer)
      let during: unknown
      app.get('/look', (_req, res) => {
        during = [listEndpoints(app as never), shapeOf(app)]
        res.send('looked')
      })
      const before = [listEndpoints(app as never), shapeOf(app)]
      await trace(app, '/api/users/1', '/look')
      assert.deepEqual(during, before)
    })

    it('restify itself, with probes of its own, in the same process', async () => {
      const restify = require('restify')
      const server = restify.createServer({ dtrace: true, name: 'restify' })
      server.get(
        { path: '/restify', name: 'Restify' },
        function respond(_req: unknown, res: Response, next: NextFunction) {
          res.send('restify')
          next()
        }
      )
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const app: Express = load(release)()
      app.use(restifyProbes())
      app.get('/express', answer)
      await serving(app, async (ours) => {
        const recorder = new Recorder()
        const [theirs, mine] = await Promise.all([
          request(server.address().port, '/restify'),
          request(ours, '/express')
        ])
        await recorder.requests(1)
        assert.equal(theirs.body, '"restify"')
        assert.equal(mine.body, 'ok')
        assert.deepEqual(summary(recorder.stop()), [
          'route-start getexpress',
          'handler-start getexpress answer',
          'handler-done getexpress answer',
          'route-done getexpress 200'
        ])
      })
      await new Promise<void>((resolve) => server.close(resolve))
    })

    it('a tool that wraps the methods that we patch, while we do, stays and fires nothing twice', async () => {
      const app: Express = load(release)()
      app.use(restifyProbes())
      app.get('/x', answer)
      // The session of the test before must have ended.
      await setTimeout(50)
      const layer = Object.getPrototypeOf(stackOf(app)[0])
      const name = 'handleRequest' in layer ? 'handleRequest' : 'handle_request'
      const original = layer[name]
      let calls = 0
      await serving(app, async (server) => {
        const first = new Recorder()
        await request(server, '/x')
        const ours = layer[name]
        assert.notEqual(ours, original)
        layer[name] = function wrapped(...args: unknown[]) {
          calls++
          return ours.apply(this, args)
        }
        await first.requests(1)
        first.stop()
        await setTimeout(50)
        const second = new Recorder()
        calls = 0
        await request(server, '/x')
        await second.requests(1)
        assert.equal(summary(second.stop()).filter((line) => line.startsWith('handler-start')).length, 1)
        assert.ok(calls > 0)
        await setTimeout(50)
      })
      layer[name] = original
    })
  })
}

describe("neighbours, on router 2.3's own tracing channel", () => {
  for (const order of ['before', 'after'] as const) {
    it(`a listener that came ${order} us sees the app's own handlers and layers`, async () => {
      const express = load({ express: 'express', router: 'router' })
      const app = express()
      app.use(restifyProbes())
      app.use(pass)
      app.get('/x', answer)
      const seen: unknown[] = []
      const listener = {
        start: (message: object) => {
          const { handler, layer } = message as { handler: unknown; layer: { handle: unknown } }
          seen.push(handler, layer.handle)
        },
        end() {},
        asyncStart() {},
        asyncEnd() {},
        error() {}
      }
      const channel = tracingChannel('express.router.request')
      await serving(app, async (server) => {
        if (order === 'before') channel.subscribe(listener)
        const recorder = new Recorder()
        if (order === 'after') channel.subscribe(listener)
        await request(server, '/x')
        await recorder.requests(1)
        channel.unsubscribe(listener)
        assert.deepEqual(seen.slice(-4), [pass, pass, answer, answer])
        assert.deepEqual(summary(recorder.stop()), [
          'route-start getx',
          'handler-start getx pass',
          'handler-done getx pass',
          'handler-start getx answer',
          'handler-done getx answer',
          'route-done getx 200'
        ])
      })
    })
  }
})
