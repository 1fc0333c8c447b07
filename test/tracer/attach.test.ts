import assert from 'node:assert/strict'
import type http from 'node:http'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Express, NextFunction, Request, Response } from 'express'
import restifyProbes from 'restify-probes'
import { EXPRESS_MAJORS, load, titleOf } from '../support/frameworks'
import { portOf, request } from '../support/http'
import { assertPaired } from '../support/pairing'
import { byRequest } from '../support/recorder'
import { parse, type SeenFiring, Tracer, tracing, withBpftrace } from '../support/tracer'

const AT_ONCE = 200

for (const release of EXPRESS_MAJORS) {
  describe(withBpftrace(`tracers that come and go, on ${titleOf(release)}`), tracing('bpftrace'), () => {
    const app = appOn(load(release))
    const stack = flatten(app)
    const asMade = stack.map(({ handle }) => handle)
    const layer = Object.getPrototypeOf(stack[0])
    const methodsAsMade = Object.entries(Object.getOwnPropertyDescriptors(layer))
    let server: http.Server

    before(async () => {
      server = await new Promise((resolve) => {
        const listening = app.listen(0, () => resolve(listening))
      })
    })

    after(() => {
      server.closeAllConnections()
      server.close()
    })

    function send(count: number): Promise<unknown> {
      return Promise.all(Array.from({ length: count }, (_, i) => request(portOf(server), `/api/${i}/slow`)))
    }

    async function assertUntouched(): Promise<void> {
      // The end of the last tracer is seen by a timer, or by the next request.
      while (restifyProbes.status().enabled.length > 0) await setTimeout(5)
      await send(1)
      assert.deepEqual(
        flatten(app).map(({ handle }) => handle),
        asMade
      )
      assert.deepEqual(Object.entries(Object.getOwnPropertyDescriptors(layer)), methodsAsMade)
    }

    it('leaves the app alone before there is a tracer', assertUntouched)

    it('traces a running server, whole requests only (rules 1 to 3)', async () => {
      const early = send(20)
      const tracer = await Tracer.attach()
      await Promise.all([early, send(AT_ONCE)])
      const requests = byRequest(parse(await tracer.detach()))
      // Requests that came while the tracer was attaching are traced or not, but never by half.
      assert.ok(requests.length >= AT_ONCE && requests.length <= AT_ONCE + 20, `${requests.length} requests`)
      for (const one of requests) assertWhole(one)
      await assertUntouched()
    })

    it('ignores, for a second tracer, requests that began under the first', async () => {
      const first = await Tracer.attach()
      const before = send(50)
      await setTimeout(20)
      await first.kill()
      await assertUntouched()
      const second = await Tracer.attach()
      await Promise.all([before, send(50)])
      const requests = byRequest(parse(await second.detach()))
      assert.equal(requests.length, 50)
      for (const one of requests) assertWhole(one)
      await assertUntouched()
    })
  })
}

function assertWhole(request: SeenFiring[]): void {
  assertPaired(request)
  assert.deepEqual(
    request.filter(({ probe }) => probe === 'handler-start').map(({ args }) => args[2]),
    ['first', 'inRouter', 'slow', 'respond']
  )
}

function appOn(express: ReturnType<typeof load>): Express {
  const app = express()
  app.use(restifyProbes())
  app.use(function first(_req: Request, _res: Response, next: NextFunction) {
    next()
  })
  const router = express.Router({ mergeParams: true })
  router.use(function inRouter(_req: Request, _res: Response, next: NextFunction) {
    next()
  })
  router.get(
    '/slow',
    function slow(_req: Request, _res: Response, next: NextFunction) {
      void setTimeout(400).then(() => next())
    },
    function respond(_req: Request, res: Response) {
      res.send('done')
    }
  )
  app.use('/api/:id', router)
  return app
}

interface AnyLayer {
  handle: { stack?: AnyLayer[] }
  route?: { stack: AnyLayer[] }
}

/** Gives every layer of an app, its routers' and its routes'. */
function flatten(app: Express): AnyLayer[] {
  const { _router } = app as unknown as { _router?: { stack: AnyLayer[] } }
  const router = _router ?? (app as unknown as { router: { stack: AnyLayer[] } }).router
  const inner = (layers: AnyLayer[]): AnyLayer[] =>
    layers.flatMap((layer) => [layer, ...inner(layer.route?.stack ?? layer.handle.stack ?? [])])
  return inner(router.stack)
}
