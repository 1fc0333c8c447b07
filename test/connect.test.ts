import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import connect from 'connect'
import restifyProbes from 'restify-probes'
import { answer, type Next, pass } from './support/handlers'
import { portOf, serving } from './support/http'
import { Recorder, summary } from './support/recorder'
import { linesOf, routeNames, trace } from './support/tracing-in-process'

function app(add: (app: connect.Server) => void, options: restifyProbes.Options = {}): connect.Server {
  const made = connect()
  made.use(restifyProbes({ app: made, ...options }))
  add(made)
  return made
}

const version: string = require('connect/package.json').version

describe(`an app, on connect ${version}`, () => {
  it('has its middleware traced, under the mount path that takes the request (rule 5)', async () => {
    const [traced] = await trace(
      app((app) => {
        app.use(pass)
        app.use('/Api', answer)
      }),
      '/api/users?x=1'
    )
    assert.equal(traced?.firings[0]?.args[0], 'connect')
    assert.equal(traced?.firings[0]?.args[4], '/api/users?x=1')
    assert.deepEqual(traced?.lines, [
      'route-start getapi',
      'handler-start getapi pass',
      'handler-done getapi pass',
      'handler-start getapi answer',
      'handler-done getapi answer',
      'route-done getapi 200'
    ])
  })

  it('knows at which of its places it is, with probes of its own', async () => {
    const inner = app((app) => app.use('/x', answer))
    const outer = connect()
    outer.use('/one', inner)
    outer.use('/Two', inner)
    assert.deepEqual(await routeNames(outer, '/one/x', '/two/x'), ['getonex', 'gettwox'])
  })

  it('has what is made of a request by Object.create as a request of its own', async () => {
    const parts = app((app) => app.use(answer))
    const recorder = new Recorder()
    const socket = new PassThrough() as unknown as Socket
    const req = new http.IncomingMessage(socket)
    for (const url of ['/a', '/b']) {
      const part = Object.assign(Object.create(req), { url, method: 'GET' }) as http.IncomingMessage
      const res = new http.ServerResponse(part)
      res.assignSocket(socket)
      parts(part, res)
      await once(res, 'finish')
      res.detachSocket(socket)
    }
    assert.deepEqual(
      recorder.stop().flatMap(({ probe, args }) => (probe === 'route-start' ? [args[4]] : [])),
      ['/a', '/b']
    )
  })

  it('is known by the one of its places at which the probes are reached', async () => {
    const root = connect()
    const twice = connect()
    twice.use('/b', (_req: unknown, _res: unknown, next: Next) => next(new Error('on purpose')))
    twice.use(restifyProbes({ app: root }))
    root.use(twice)
    root.use('/b', pass)
    root.use((_error: Error, _req: unknown, _res: unknown, next: Next) => next())
    root.use('/b', twice)
    assert.deepEqual(await routeNames(root, '/b'), ['unmatched'])
  })

  it('has its routes from the table, HEAD as GET', async () => {
    const named = app(
      (app) => {
        app.use('/hello', answer)
      },
      { routes: { 'GET /hello/:name': 'GetFoo', 'ALL /hello': 'Hello' } }
    )
    assert.deepEqual(
      await routeNames(
        named,
        '/hello/you',
        { path: '/hello/you', method: 'HEAD' },
        { path: '/hello', method: 'PUT' },
        '/hello/a/b'
      ),
      ['getfoo', 'getfoo', 'hello', 'gethello']
    )
  })

  it('has what apps in it hold traced too', async () => {
    const inner = connect()
    inner.use('/deep', answer)
    const outer = connect()
    outer.use(pass)
    outer.use('/inner', inner)
    const lines = await linesOf(
      app((app) => app.use('/outer', outer)),
      '/outer/inner/deep'
    )
    assert.deepEqual(lines, [
      'route-start getouterinnerdeep',
      'handler-start getouterinnerdeep pass',
      'handler-done getouterinnerdeep pass',
      'handler-start getouterinnerdeep answer',
      'handler-done getouterinnerdeep answer',
      'route-done getouterinnerdeep 200'
    ])
  })

  it('is found by itself where the option app is left out', async () => {
    const bare = connect()
    bare.use(restifyProbes())
    bare.use('/x', answer)
    const [traced] = await trace(bare, '/x')
    assert.equal(traced?.firings[0]?.args[0], 'connect')
    assert.deepEqual(traced?.lines.slice(1, -1), ['handler-start getx answer', 'handler-done getx answer'])
  })

  it('has errors go to the error handlers that run', async () => {
    const [traced] = await trace(
      app((app) => {
        app.use('/x', function throws() {
          throw new Error('thrown')
        })
        app.use(pass)
        app.use(function looks(error: unknown, _req: unknown, _res: unknown, next: Next) {
          next(error)
        })
        app.use(function recovers(_error: unknown, _req: unknown, res: http.ServerResponse, _next: Next) {
          res.statusCode = 500
          res.end('recovered')
        })
      }),
      '/x'
    )
    assert.equal(traced?.answer.body, 'recovered')
    assert.deepEqual(traced?.lines.slice(1), [
      'handler-start getx throws',
      'handler-done getx throws',
      'handler-start getx looks',
      'handler-done getx looks',
      'handler-start getx recovers',
      'handler-done getx recovers',
      'route-done getx 500'
    ])
  })

  it('keeps its stack, but for the time of tracing, and handlers their name, arity and this (rule 12)', async () => {
    const seen: unknown[] = []
    const watched = app((app) => {
      app.use(function watch(this: unknown, _req: unknown, _res: unknown, next: Next) {
        seen.push(
          this,
          app.stack.map(({ handle }) => [(handle as () => void).name, (handle as () => void).length])
        )
        next()
      })
      app.use(answer)
    })
    const handles = watched.stack.map(({ handle }) => handle)
    const shape = handles.map((handle) => [(handle as () => void).name, (handle as () => void).length])
    await trace(watched, '/')
    assert.deepEqual(seen, [undefined, shape])
    await setTimeout(50)
    assert.deepEqual(
      watched.stack.map(({ handle }) => handle),
      handles
    )
  })

  it('has middleware traced that is added while a request runs, and where it rewrites the URL', async () => {
    const hidden = connect()
    hidden.use('/x', function found(_req: unknown, res: http.ServerResponse) {
      res.end('found')
    })
    const growing = app((app) => {
      app.use(function rewrites(req: http.IncomingMessage, _res: unknown, next: Next) {
        if (req.url === '/rewritten') req.url = '/hidden/x'
        next()
      })
      app.use('/hidden', hidden)
      app.use(function adds(_req: unknown, _res: unknown, next: Next) {
        app.use(function added(_r: unknown, res: http.ServerResponse) {
          res.end('added')
        })
        next()
      })
    })
    const [rewritten, added] = await trace(growing, '/rewritten', '/other')
    assert.equal(rewritten?.answer.body, 'found')
    assert.ok(
      rewritten?.lines.some((line) => line.endsWith(' found')),
      rewritten?.lines.join('\n')
    )
    assert.equal(added?.answer.body, 'added')
    assert.ok(
      added?.lines.some((line) => line.endsWith(' added')),
      added?.lines.join('\n')
    )
  })

  it('has handlers done that never call next, when the client goes away (rules 8 and 9)', async () => {
    await serving(
      app((app) => app.use('/hangs', function hangs() {})),
      async (server) => {
        const recorder = new Recorder()
        const client = http.get({ port: portOf(server), path: '/hangs', agent: false })
        client.on('error', () => {})
        while (!summary(recorder.firings).includes('handler-start gethangs hangs')) await setTimeout(2)
        client.destroy()
        await recorder.requests(1)
        assert.deepEqual(summary(recorder.stop()).slice(-2), [
          'handler-done gethangs hangs',
          'route-done gethangs 444'
        ])
      }
    )
  })
})
