import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import http from 'node:http'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Express, NextFunction, Request, Response } from 'express'
import restifyProbes from 'restify-probes'
import { EXPRESS_RELEASES, load, titleOf } from './support/frameworks'
import { portOf, request, serving } from './support/http'
import { assertPaired } from './support/pairing'
import { Recorder, summary } from './support/recorder'
import { tracedApp } from './support/traced-app'
import { linesOf, trace } from './support/tracing-in-process'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

type Handler = (req: Request, res: Response, next: NextFunction) => unknown

for (const release of EXPRESS_RELEASES) {
  const express = load(release)
  const isExpress5 = titleOf(release).startsWith('express 5')

  /** An app of ours around what a test adds. */
  const app = (add: (app: Express) => void) => tracedApp(express, add)

  describe(`handlers, on ${titleOf(release)}`, () => {
    it('start and are done around what they do, in their order (rules 1 and 8)', async () => {
      const lines = await linesOf(
        app((app) => {
          app.use(function outer(_req, _res, next) {
            next()
          })
          app.get('/x', function inner(_req, res) {
            res.send('x')
          })
        }),
        '/x'
      )
      assert.deepEqual(lines, [
        'route-start getx',
        'handler-start getx outer',
        'handler-done getx outer',
        'handler-start getx inner',
        'handler-done getx inner',
        'route-done getx 200'
      ])
    })

    it('in arrays, nested arrays and several calls are each a handler (rule 7)', async () => {
      const named = (name: string): Handler =>
        Object.defineProperty((_req: Request, _res: Response, next: NextFunction) => next(), 'name', {
          value: name
        })
      const lines = await linesOf(
        app((app) => {
          app.use(named('a') as never, [named('b'), [named('c')]] as never)
          app.get('/x', [named('d'), [named('e')]] as never, (_req, res) => void res.send('x'))
        }),
        '/x'
      )
      assert.deepEqual(
        lines.filter((line) => line.startsWith('handler-start')),
        ['a', 'b', 'c', 'd', 'e', 'handler-5'].map((name) => `handler-start getx ${name}`)
      )
    })

    it('that throw or pass an error on are done, and error handlers run (rules 7 and 8)', async () => {
      const throwing = app((app) => {
        app.get(
          '/throws',
          function throws() {
            throw new Error('thrown')
          },
          function skipped(_req, res) {
            res.send('never')
          }
        )
        app.get('/passes', function passes(_req, _res, next) {
          next(new Error('passed'))
        })
        app.use(function looks(error: Error, _req: Request, _res: Response, next: NextFunction) {
          next(error)
        })
        app.use(function recovers(error: Error, _req: Request, res: Response, _next: NextFunction) {
          res.status(500).send(error.message)
        })
        app.use(function notReached(_req, res) {
          res.send('never')
        })
      })
      const [thrown, passed] = await trace(throwing, '/throws', '/passes')
      assert.deepEqual(thrown?.lines, [
        'route-start getthrows',
        'handler-start getthrows throws',
        'handler-done getthrows throws',
        'handler-start getthrows looks',
        'handler-done getthrows looks',
        'handler-start getthrows recovers',
        'handler-done getthrows recovers',
        'route-done getthrows 500'
      ])
      assert.equal(thrown?.answer.body, 'thrown')
      assert.equal(passed?.answer.body, 'passed')
      assert.equal(passed?.lines[1], 'handler-start getpasses passes')
    })

    it("that call next('route') and next('router') go where they would (rule 12)", async () => {
      const jumping = app((app) => {
        app.get(
          '/jump',
          function jumps(_req, _res, next) {
            next('route')
          },
          function skipped(_req, res) {
            res.send('skipped')
          }
        )
        app.get('/jump', function lands(_req, res) {
          res.send('landed')
        })
        const router = express.Router()
        router.use(function leaves(_req, _res, next) {
          next('router')
        })
        router.get('/y', function skipped(_req, res) {
          res.send('skipped')
        })
        app.use('/left', router)
        app.get('/left/y', function outside(_req, res) {
          res.send('outside')
        })
      })
      const [route, router] = await trace(jumping, '/jump', '/left/y')
      assert.equal(route?.answer.body, 'landed')
      assert.deepEqual(route?.lines, [
        'route-start getjump',
        'handler-start getjump jumps',
        'handler-done getjump jumps',
        'handler-start getjump lands',
        'handler-done getjump lands',
        'route-done getjump 200'
      ])
      assert.equal(router?.answer.body, 'outside')
      assert.equal(router?.lines.at(-2), 'handler-done getlefty outside')
    })

    it('that call next twice are done once (rule 1)', async () => {
      const lines = await linesOf(
        app((app) => {
          app.get(
            '/twice',
            function twice(_req, _res, next) {
              next()
              next()
            },
            function answers(_req, res) {
              if (!res.headersSent) res.send('once')
            }
          )
        }),
        '/twice'
      )
      assert.equal(lines.filter((line) => line === 'handler-done gettwice twice').length, 1)
      assert.equal(lines[0], 'route-start gettwice')
      assert.match(lines.at(-1) as string, /^route-done gettwice /)
    })

    it('that answer later are done when the response is (rule 8)', async () => {
      const lines = await linesOf(
        app((app) => {
          app.get('/later', function later(_req, res) {
            void setTimeout(10).then(() => res.send('late'))
          })
        }),
        '/later'
      )
      assert.deepEqual(lines.slice(-2), ['handler-done getlater later', 'route-done getlater 200'])
    })

    it('that never pass on are done, with status 444, when the client goes away (rules 8 and 9)', async () => {
      const hanging = app((app) => {
        app.get('/hangs', function hangs() {})
        app.get('/half', function half(_req, res) {
          res.write('half')
        })
      })
      await serving(hanging, async (server) => {
        const recorder = new Recorder()
        for (const path of ['/hangs', '/half']) {
          const client = http.get({ port: portOf(server), path, agent: false })
          client.on('error', () => {})
          while (!recorder.firings.some(({ args }) => args[4] === path)) await setTimeout(2)
          client.destroy()
        }
        await recorder.requests(2)
        assert.deepEqual(summary(recorder.stop()).slice(0, 4), [
          'route-start gethangs',
          'handler-start gethangs hangs',
          'handler-done gethangs hangs',
          'route-done gethangs 444'
        ])
        assert.equal(summary(recorder.firings).at(-1), 'route-done gethalf 444')
      })
    })

    it('that are async are done when their promise rejects, which is told as it would be (rules 8 and 12)', async () => {
      const traced = await rejections(release.express, 'yes')
      const untraced = await rejections(release.express, 'no')
      assert.deepEqual(traced.reasons, untraced.reasons)
      assert.deepEqual(traced.bodies, untraced.bodies)
      // Express 4 drops the promise: the client waits in vain, and the process is told once.
      assert.deepEqual(traced.reasons, isExpress5 ? [] : ['Error: rejected'])
      const lines = traced.lines.filter((line) => line.includes('getrejects'))
      assert.deepEqual(lines.slice(0, 3), [
        'route-start getrejects',
        'handler-start getrejects rejects',
        'handler-done getrejects rejects'
      ])
      assert.equal(lines.at(-1), `route-done getrejects ${isExpress5 ? 500 : 444}`)
    })

    it('that are async keep nothing of requests that are over', async () => {
      const seen: WeakRef<Request>[] = []
      const answering = app((app) => {
        for (let i = 0; i < 6; i++) {
          app.use(async function waits(_req, _res, next) {
            await null
            next()
          })
        }
        app.get('/', async function answers(req, res) {
          await null
          seen.push(new WeakRef(req))
          res.send('answer')
        })
      })
      await serving(answering, async (server) => {
        const recorder = new Recorder()
        for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 50 }, () => request(server, '/')))
        await recorder.requests(500)
        await setTimeout(1)
        collectGarbage()
        const left = seen.filter((req) => req.deref() !== undefined).length
        recorder.stop()
        assert.ok(left < 50, `${left} of 500 are kept`)
      })
    })

    it('that run after the response has gone fire nothing more (rule 1)', async () => {
      const late = app((app) => {
        app.get('/late', function early(_req, res, next) {
          res.on('close', () => void setTimeout(5).then(() => next()))
          res.send('sent')
        })
        app.use(function after(_req, _res, _next) {})
      })
      await serving(late, async (server) => {
        const recorder = new Recorder()
        await request(server, '/late')
        await recorder.requests(1)
        await setTimeout(30)
        assert.equal(summary(recorder.stop()).at(-1), 'route-done getlate 200')
        assertPaired(recorder.firings)
      })
    })

    it('find the same next on the request, and may call it there (rule 12)', async () => {
      const same: boolean[] = []
      const [traced] = await trace(
        app((app) => {
          app.use(function compares(req, _res, next) {
            same.push(req.next === next)
            req.next?.()
          })
          app.get('/x', function answers(_req, res) {
            res.send('x')
          })
        }),
        '/x'
      )
      assert.deepEqual(same, [true])
      assert.deepEqual(traced?.lines.slice(1, 3), [
        'handler-start getx compares',
        'handler-done getx compares'
      ])
    })

    it("leave what the app keeps as the request's next (rule 12)", async () => {
      const kept = [null, 0, '/login', { to: '/login' }]
      const keeping = app((app) => {
        app.use(function keeps(req, _res, next) {
          Object.assign(req, { next: kept[Number(req.query.n)] })
          next()
        })
        app.get('/x', function shows(req, res) {
          res.json({ next: req.next })
        })
      })
      for (const [n, next] of kept.entries()) {
        const [traced] = await trace(keeping, `/x?n=${n}`)
        assert.deepEqual(JSON.parse(traced?.answer.body as string), { next })
      }
    })

    it('are done where the next of a request cannot be written (rule 12)', async () => {
      const lines = await linesOf(
        app((app) => {
          app.get('/x', function freezes(req, res) {
            Object.defineProperty(req, 'next', { value: req.next, writable: false })
            void setTimeout(1).then(() => res.send('x'))
          })
        }),
        '/x'
      )
      assert.deepEqual(lines.slice(2), ['handler-done getx freezes', 'route-done getx 200'])
    })

    it('are not what app.param calls, nor what answers OPTIONS by itself (rule 7)', async () => {
      const params: unknown[] = []
      const [user, options] = await trace(
        app((app) => {
          app.param('id', function loadUser(_req, _res, next, id) {
            params.push(id)
            next()
          })
          app.get('/users/:id', function show(_req, res) {
            res.send('user')
          })
        }),
        '/users/7',
        { path: '/users/7', method: 'OPTIONS' }
      )
      assert.deepEqual(params, ['7'])
      assert.deepEqual(user?.lines.slice(1, -1), [
        'handler-start getusersid show',
        'handler-done getusersid show'
      ])
      assert.match(String(options?.answer.headers.allow), /GET/)
      assert.deepEqual(options?.lines, ['route-start unmatched', 'route-done unmatched 200'])
    })

    it('of static files are handlers, with a route only if one takes the request', async () => {
      const files = path.join(__dirname, 'golden')
      const [file, page] = await trace(
        app((app) => {
          app.use('/files', express.static(files))
          app.get('/files/page', function page(_req, res) {
            res.send('page')
          })
        }),
        '/files/scenarios.json',
        '/files/page'
      )
      assert.deepEqual(file?.lines, [
        'route-start getfiles',
        'handler-start getfiles serveStatic',
        'handler-done getfiles serveStatic',
        'route-done getfiles 200'
      ])
      assert.deepEqual(page?.lines, [
        'route-start getfilespage',
        'handler-start getfilespage serveStatic',
        'handler-done getfilespage serveStatic',
        'handler-start getfilespage page',
        'handler-done getfilespage page',
        'route-done getfilespage 200'
      ])
    })

    it('that run after another has answered are handlers still (rule 1)', async () => {
      const [traced] = await trace(
        app((app) => {
          app.get('/x', function answersAndPassesOn(_req, res, next) {
            res.send('first')
            next()
          })
          app.get('/x', function second() {})
        }),
        '/x'
      )
      assert.equal(traced?.answer.body, 'first')
      assert.deepEqual(traced?.lines, [
        'route-start getx',
        'handler-start getx answersAndPassesOn',
        'handler-done getx answersAndPassesOn',
        'handler-start getx second',
        'handler-done getx second',
        'route-done getx 200'
      ])
    })

    it('are traced once where the middleware was added twice', async () => {
      const lines = await linesOf(
        app((app) => {
          app.use(restifyProbes({ name: 'second' }))
          app.get('/x', restifyProbes.route('X'), function answers(_req, res) {
            res.send('x')
          })
        }),
        '/x'
      )
      assert.deepEqual(lines, [
        'route-start x',
        'handler-start x answers',
        'handler-done x answers',
        'route-done x 200'
      ])
    })

    it('that are called by other handlers, as are routers in functions, are handlers too', async () => {
      const router = express.Router()
      router.get('/inner/:id', function inner(_req, res) {
        res.send('inner')
      })
      const lines = await linesOf(
        app((app) => {
          app.use('/outer', function calls(req, res, next) {
            router(req, res, next)
          })
        }),
        '/outer/inner/1'
      )
      assert.deepEqual(lines, [
        'route-start getouter',
        'handler-start getouter calls',
        'handler-start getouterinnerid inner',
        'handler-done getouterinnerid inner',
        'handler-done getouterinnerid calls',
        'route-done getouterinnerid 200'
      ])
    })

    it('keep their this, their arity and what they return to the router (rule 12)', async () => {
      const seen: unknown[] = []
      const watched = app((app) => {
        const watch: Handler = function (this: unknown, ...args) {
          seen.push(this, args.length)
          args[2]()
        }
        app.use(watch as never)
        // Arity decides which are error handlers: this one, with four, must not run.
        app.use(((_a: unknown, _b: unknown, _c: unknown, _d: unknown) => seen.push('error handler')) as never)
        app.get('/x', (_req, res) => void res.send('x'))
      })
      await trace(watched, '/x')
      assert.deepEqual(seen, [undefined, 3])
    })
  })
}

interface Rejections {
  reasons: string[]
  bodies: string[]
  lines: string[]
}

async function rejections(express: string, traced: 'yes' | 'no'): Promise<Rejections> {
  const fixture = path.join(__dirname, 'fixtures', 'rejections.js')
  const env = { ...process.env, TRACED: traced }
  const { stdout } = await promisify(execFile)(process.execPath, [fixture, express], { env })
  return JSON.parse(stdout)
}
