import assert from 'node:assert/strict'
import type http from 'node:http'
import { describe, it } from 'node:test'
import type express from 'express'
import restifyProbes from 'restify-probes'
import { answer, type Next, pass } from './support/handlers'
import { firedFor, linesOf, routeNames, trace } from './support/tracing-in-process'

/** `router` by itself, as a package. */
const ROUTERS = ['router', 'router-2.2', 'router-2.1', 'router-2.0', 'router-1']

/** The part of Express's Router that a package `router` has too. */
type RouterFactory = (options?: express.RouterOptions) => express.Router
function listenerOf(router: express.Router): http.RequestListener {
  return (req, res) => {
    const done = (error?: unknown) => {
      res.statusCode = error ? 500 : 404
      res.end(String(error ?? 'nothing here'))
    }
    router(req as never, res as never, done as never)
  }
}

for (const name of ROUTERS) {
  const newRouter = require(name) as RouterFactory

  function routerWith(
    add: (router: express.Router) => void,
    options?: restifyProbes.Options
  ): http.RequestListener {
    const router = newRouter()
    router.use(restifyProbes(options) as never)
    add(router)
    return listenerOf(router)
  }

  describe(`without Express, on router ${require(`${name}/package.json`).version}`, () => {
    it('a router by itself is found, and traced', async () => {
      const listener = routerWith((router) => {
        router.use(pass as never)
        router.get('/hello/:name', pass as never, answer as never)
      })
      const [traced] = await trace(listener, '/hello/you')
      assert.deepEqual(traced?.lines, [
        'route-start gethelloname',
        'handler-start gethelloname pass',
        'handler-done gethelloname pass',
        'handler-start gethelloname pass',
        'handler-done gethelloname pass',
        'handler-start gethelloname answer',
        'handler-done gethelloname answer',
        'route-done gethelloname 200'
      ])
      assert.equal(traced?.firings[0]?.args[0], 'express')
    })

    it('so are the routers in it', async () => {
      const listener = routerWith((router) => {
        const inner = newRouter({ mergeParams: true })
        inner.use(pass as never)
        inner.get('/x', answer as never)
        inner.use('/files', pass as never)
        router.use('/in/:id', inner)
        router.use(['/also', '/and'], inner)
      })
      assert.deepEqual(await routeNames(listener, '/in/1/x', '/also/x', '/and/x', '/in/1/files/f', '/none'), [
        'getinidx',
        'getalsox',
        'getandx',
        'getinidfiles',
        'unmatched'
      ])
    })

    it('the app option says which router it is', async () => {
      const router = newRouter()
      router.use(restifyProbes({ app: router as never, name: 'mine' }) as never)
      router.get('/x', answer as never)
      const [traced] = await trace(listenerOf(router), '/x')
      assert.equal(traced?.firings[0]?.args[0], 'mine')
      assert.equal(traced?.lines[0], 'route-start getx')
    })

    it('errors, and next in every form, go as they would', async () => {
      const listener = routerWith((router) => {
        router.get(
          '/route',
          function leaves(_req: unknown, _res: unknown, next: Next) {
            next('route')
          } as never,
          answer as never
        )
        router.get('/route', function lands(_req: unknown, res: http.ServerResponse) {
          res.end('landed')
        } as never)
        router.get('/throws', function throws() {
          throw new Error('thrown')
        } as never)
        router.use(function recovers(error: Error, _req: unknown, res: http.ServerResponse, _next: Next) {
          res.statusCode = 500
          res.end(error.message)
        } as never)
      })
      const [route, thrown] = await trace(listener, '/route', '/throws')
      assert.equal(route?.answer.body, 'landed')
      assert.deepEqual(route?.lines.slice(1, -1), [
        'handler-start getroute leaves',
        'handler-done getroute leaves',
        'handler-start getroute lands',
        'handler-done getroute lands'
      ])
      assert.equal(thrown?.answer.body, 'thrown')
      assert.deepEqual(thrown?.lines.slice(1), [
        'handler-start getthrows throws',
        'handler-done getthrows throws',
        'handler-start getthrows recovers',
        'handler-done getthrows recovers',
        'route-done getthrows 500'
      ])
    })

    it('a route opts in by itself', async () => {
      const router = newRouter()
      router.get('/opted/:id', restifyProbes.route('Opted') as never, pass as never, answer as never)
      router.get('/other', answer as never)
      assert.deepEqual(await linesOf(listenerOf(router), '/opted/1'), [
        'route-start opted',
        'handler-start opted pass',
        'handler-done opted pass',
        'handler-start opted answer',
        'handler-done opted answer',
        'route-done opted 200'
      ])
      assert.deepEqual(await firedFor(listenerOf(router), '/other'), [])
    })
  })
}
