import assert from 'node:assert/strict'
import type http from 'node:http'
import { describe, it } from 'node:test'
import connect from 'connect'
import type { Express, NextFunction, Request, Response } from 'express'
import restifyProbes from 'restify-probes'
import { EXPRESS_RELEASES, load, titleOf } from './support/frameworks'
import { answer, pass } from './support/handlers'
import { request, serving } from './support/http'
import { Recorder, summary } from './support/recorder'
import { tracedApp } from './support/traced-app'
import { firedFor, linesOf, routeNames, trace } from './support/tracing-in-process'

for (const release of EXPRESS_RELEASES) {
  const express = load(release)
  const isExpress5 = titleOf(release).startsWith('express 5')

  const app = (add: (app: Express) => void, options?: restifyProbes.Options) =>
    tracedApp(express, add, options)

  describe(`route names (rule 5), on ${titleOf(release)}`, () => {
    it('have the mount paths of every router on the way, parameters too', async () => {
      const nested = app((app) => {
        const posts = express.Router({ mergeParams: true })
        posts.use(pass)
        posts.get('/:post', answer)
        const users = express.Router()
        users.use('/:user/posts', posts)
        users.get('/', answer)
        app.use('/api/v1', users)
      })
      assert.deepEqual(
        await routeNames(nested, '/api/v1/7/posts/9', '/api/v1', '/api/v1/', '/API/v1/8/Posts/1'),
        ['getapiv1userpostspost', 'getapiv1', 'getapiv1', 'getapiv1userpostspost']
      )
    })

    it('tell apart the places where one router is mounted', async () => {
      const twice = app((app) => {
        const router = express.Router()
        router.get('/x', answer)
        app.use('/one', router)
        app.use(['/two', '/three/:id'], router)
      })
      assert.deepEqual(await routeNames(twice, '/one/x', '/two/x', '/three/3/x'), [
        'getonex',
        'gettwox',
        'getthreeidx'
      ])
    })

    it('of a mount path that is a regular expression', async () => {
      const mounted = app((app) => {
        const router = express.Router()
        router.get('/x', answer)
        app.use(/^\/r\d+/, router)
      })
      const [first, second] = await routeNames(mounted, '/r1/x', '/r22/x')
      assert.equal(first, second)
      assert.match(String(first), /^getr.*x$/)
    })

    it('have the path of a sub-app, in a sub-app, with probes of its own', async () => {
      const inner = express()
      inner.use(restifyProbes({ name: 'inner' }))
      inner.get('/x', answer)
      const outer = express()
      outer.use('/inner', inner)
      const lines = await trace(
        app((app) => app.use('/outer', outer)),
        '/outer/inner/x'
      )
      assert.deepEqual(lines[0]?.lines, [
        'route-start getouterinnerx',
        'handler-start getouterinnerx answer',
        'handler-done getouterinnerx answer',
        'route-done getouterinnerx 200'
      ])
      // The same sub-apps below an app without probes: the trace begins in the innermost.
      const bare = express()
      bare.use('/bare', outer)
      const [traced] = await trace(bare, '/bare/inner/x')
      assert.deepEqual(traced?.lines, [
        'route-start getbareinnerx',
        'handler-start getbareinnerx answer',
        'handler-done getbareinnerx answer',
        'route-done getbareinnerx 200'
      ])
      assert.equal(traced?.firings[0]?.args[0], 'inner')
    })

    it('of app.route, app.all, path arrays, wildcards and optional parts', async () => {
      const wildcard = isExpress5 ? '/files/*rest' : '/files/*'
      const optional = isExpress5 ? '/maybe{/:id}' : '/maybe/:id?'
      const various = app((app) => {
        app.route('/both').get(answer).post(answer)
        app.all('/all', answer)
        app.get(['/first', '/second/:id'], answer)
        app.get(wildcard, answer)
        app.get(optional, answer)
        app.get(/^\/re(\d+)$/, answer)
      })
      assert.deepEqual(
        await routeNames(
          various,
          '/both',
          { path: '/both', method: 'POST' },
          { path: '/both', method: 'HEAD' },
          { path: '/all', method: 'PUT' },
          '/first',
          '/second/2',
          '/files/a/b',
          '/maybe',
          '/maybe/1',
          '/re12'
        ),
        [
          'getboth',
          'postboth',
          'getboth',
          'putall',
          'getfirst',
          'getsecondid',
          isExpress5 ? 'getfilesrest' : 'getfiles',
          'getmaybeid',
          'getmaybeid',
          'getred'
        ]
      )
    })

    it('that the user gave, for one method of a route or for all', async () => {
      const named = app((app) => {
        app
          .route('/things')
          .get(restifyProbes.route('List-Things'), answer)
          .post(restifyProbes.route('AddThing'), answer)
        app.all('/any', restifyProbes.route('Any'), answer)
      })
      assert.deepEqual(
        await routeNames(
          named,
          '/things',
          { path: '/things', method: 'POST' },
          { path: '/any', method: 'DELETE' }
        ),
        ['listthings', 'addthing', 'any']
      )
    })

    it('without a route are of the longest mount path below which a handler would run', async () => {
      const mounted = app((app) => {
        app.use(pass)
        app.use('/static', pass)
        const router = express.Router()
        router.use('/deep', pass)
        router.get('/route', answer)
        app.use('/static/more', router)
        app.use('/empty', express.Router())
      })
      assert.deepEqual(
        await routeNames(
          mounted,
          '/static/a.png',
          '/static/more/deep/x',
          '/static/more',
          '/empty/x',
          '/',
          '/%zz'
        ),
        ['getstatic', 'getstaticmoredeep', 'getstatic', 'unmatched', 'unmatched', 'unmatched']
      )
    })

    it('follow a request whose URL or method a handler rewrites', async () => {
      const rewriting = app((app) => {
        app.use((req, _res, next) => {
          if (req.url === '/old') req.url = '/new'
          if (req.url === '/put') req.method = 'PUT'
          next()
        })
        app.get('/old', answer)
        app.get('/new', answer)
        app.put('/put', answer)
      })
      assert.deepEqual(await routeNames(rewriting, '/old', '/put'), [
        'getold then getnew',
        'unmatched then putput'
      ])
    })

    it('follow a request that goes on from one route to another', async () => {
      const going = app((app) => {
        app.get('/:first', function one(_req, _res, next) {
          next()
        })
        app.get('/b', function two(_req, res) {
          res.send('two')
        })
      })
      assert.deepEqual(await linesOf(going, '/b'), [
        'route-start getfirst',
        'handler-start getfirst one',
        'handler-done getfirst one',
        'handler-start getb two',
        'handler-done getb two',
        'route-done getb 200'
      ])
    })

    it('are known for strict and case-sensitive routing', async () => {
      const strict = express()
      strict.enable('strict routing')
      strict.enable('case sensitive routing')
      strict.set('env', 'test')
      strict.use(restifyProbes())
      strict.get('/a/', answer)
      strict.get('/B', answer)
      assert.deepEqual(await routeNames(strict, '/a', '/a/', '/b', '/B'), [
        'unmatched',
        'geta',
        'unmatched',
        'getb'
      ])
    })

    it('are of the routes and mount paths that match, whatever the first characters are', async () => {
      const paths = [
        '/plain',
        '/Plain/',
        '/pl-ai_n.x',
        '/:p',
        '/pre:p',
        '/pre-:p.json',
        '/caf\u00e9',
        '/%70lain'
      ]
      paths.push(
        ...(isExpress5
          ? ['/plain{/:o}', '/pl{ai}n', '/pl*rest', '/a\\:b']
          : ['/plain/:o?', '/plai?n', '/x|/plain'])
      )
      const urls = ['/plain', '/PLAIN', '/plain/', '/plai', '/plan', '/pln', '/plains', '/plain/7', '//plain']
      urls.push('/pre7', '/Pre-7.JSON', '/caf%C3%A9', '/%70lain', '/a:b', '/pl-AI_n.x', '/')
      for (const path of paths) {
        const route = app((app) => app.get(path, answer))
        const mount = app((app) => app.use(path, express.Router().use(answer)))
        for (const listener of [route, mount]) {
          const traced = await trace(listener, ...urls)
          for (const [index, { answer, firings }] of traced.entries()) {
            const isNamed = firings[0]?.args[1] !== 'unmatched'
            assert.equal(isNamed, answer.status === 200, `${urls[index]}, where there is ${path}`)
          }
        }
      }
    })

    it('are known where the probes come late, or inside a router', async () => {
      const late = express()
      late.use(pass)
      const router = express.Router()
      router.use(pass, restifyProbes())
      router.get('/x', answer)
      const after = express.Router()
      after.get('/y', answer)
      late.use('/in/:id', router)
      late.use('/in', after)
      late.get('/in/1/z', answer)
      assert.deepEqual(await routeNames(late, '/in/1/x', '/in/1/z'), ['getinidx', 'getin1z'])
    })

    it('are known in a router that has answered OPTIONS before', async () => {
      const late = express()
      const router = express.Router()
      router.get('/a', answer)
      router.use(restifyProbes())
      late.use(router)
      late.use('/a', pass)
      assert.deepEqual(await routeNames(late, { path: '/a', method: 'OPTIONS' }), ['unmatched'])
    })

    it('tell apart mount paths after which something else than a slash may come', async () => {
      const dotted = app((app) => {
        const router = express.Router()
        router.post(/./, answer)
        app.use(isExpress5 ? ['/x/:p', /^\/(\d)/] : ['/:p(\\d+)', /^\/(\d)/], router)
      })
      const [name] = await routeNames(dotted, { path: '/7.a', method: 'POST' })
      // Express 5 takes but a slash.
      assert.equal(name, isExpress5 ? 'unmatched' : 'postd')
    })

    it('tell apart the places of a router in which the probes are', async () => {
      const late = express()
      const [outer, inner] = [express.Router(), express.Router()]
      inner.get('/a', answer)
      inner.use(restifyProbes())
      outer.use(inner)
      late.use('/a', outer)
      late.use(outer)
      assert.deepEqual(await routeNames(late, '/a'), ['geta'])
    })

    it('are known where a mount path has taken one of two slashes', async () => {
      const late = express()
      const router = express.Router()
      router.use(restifyProbes())
      late.use('/a', router)
      late.get('/a', answer)
      assert.deepEqual(await routeNames(late, '/a', '/a//'), ['geta', 'unmatched'])
    })

    it('are not looked for without end in routers that are mounted twice in each other', async () => {
      let router = express.Router()
      for (let depth = 0; depth < 40; depth++) {
        const outer = express.Router()
        outer.use(router)
        outer.use(router)
        router = outer
      }
      const nested = app((app) => {
        app.use(answer)
        app.use(router)
      })
      assert.deepEqual(await routeNames(nested, '/x'), ['unmatched'])
    })

    it('of routes added after the server has started, and inside a request', async () => {
      const growing = app((app) => {
        app.use(function adds(_req, _res, next) {
          app.get('/added', function added(_req, res) {
            res.send('added')
          })
          next()
        })
      })
      const [traced] = await trace(growing, '/added')
      assert.equal(traced?.answer.body, 'added')
      assert.deepEqual(traced?.lines.slice(-3), [
        'handler-start getadded added',
        'handler-done getadded added',
        'route-done getadded 200'
      ])
    })
  })

  describe(`a route that opts in by itself, on ${titleOf(release)}`, () => {
    it('is traced from there on, and nothing else is', async () => {
      const opted = express()
      opted.set('env', 'test')
      opted.use(pass)
      const router = express.Router()
      router.get('/one', pass, restifyProbes.route('One'), pass, function last(_req: Request, res: Response) {
        res.send('one')
      })
      router.get('/other', answer)
      opted.use('/api', router)
      assert.deepEqual(await linesOf(opted, '/api/one'), [
        'route-start one',
        'handler-start one pass',
        'handler-done one pass',
        'handler-start one last',
        'handler-done one last',
        'route-done one 200'
      ])
      assert.deepEqual(await firedFor(opted, '/api/other'), [])
    })

    it('is traced where the request has passed by another that opts in', async () => {
      const opted = express()
      const left = express.Router()
      left.use((_req: Request, _res: Response, next: NextFunction) => next('router'))
      left.get('/x', restifyProbes.route('Left'), answer)
      opted.use(left)
      opted.get('/x', restifyProbes.route('Reached'), answer)
      assert.deepEqual(await routeNames(opted, '/x'), ['reached'])
    })

    it('begins no trace where an earlier one would have, had there been a tracer (rule 3)', async () => {
      const opted = express()
      let recorder: Recorder | undefined
      opted.get('/:any', restifyProbes.route('First'), function attaches(_req, _res, next) {
        recorder ??= new Recorder()
        next()
      })
      opted.get('/x', restifyProbes.route('Second'), answer)
      await serving(opted, async (server) => {
        await request(server, '/x')
        await request(server, '/x')
        await recorder?.requests(1)
      })
      const lines = summary(recorder?.stop() ?? [])
      assert.equal(lines[0], 'route-start first')
      assert.equal(lines.filter((line) => line.startsWith('route-start')).length, 1)
    })
  })
}

describe('route names (rule 5), where frameworks are mixed', () => {
  const express5 = load({ express: 'express', router: 'router' })
  const express4 = load({ express: 'express-4' })

  it('an Express 4 app in an Express 5 app, and the other way round', async () => {
    for (const [outer, inner] of [
      [express5(), express4()],
      [express4(), express5()]
    ] as const) {
      outer.use(restifyProbes())
      inner.use(pass)
      inner.get('/x/:id', answer)
      outer.use('/in/:app', inner)
      const [traced] = await trace(outer, '/in/1/x/2')
      assert.deepEqual(traced?.lines, [
        'route-start getinappxid',
        'handler-start getinappxid pass',
        'handler-done getinappxid pass',
        'handler-start getinappxid answer',
        'handler-done getinappxid answer',
        'route-done getinappxid 200'
      ])
    }
  })

  it('Connect in Express, and Express in Connect', async () => {
    const inner = connect()
    inner.use('/y', function reply(_req: http.IncomingMessage, res: http.ServerResponse) {
      res.end('y')
    })
    const outer = express5()
    outer.use(restifyProbes())
    outer.use('/c', inner)
    assert.deepEqual(await linesOf(outer, '/c/y/z'), [
      'route-start getcy',
      'handler-start getcy reply',
      'handler-done getcy reply',
      'route-done getcy 200'
    ])

    const app = express5()
    app.get('/users/:id', answer)
    const server = connect()
    server.use(restifyProbes({ app: server }))
    server.use('/api', app)
    assert.deepEqual(await linesOf(server as http.RequestListener, '/api/users/1'), [
      'route-start getapiusersid',
      'handler-start getapiusersid answer',
      'handler-done getapiusersid answer',
      'route-done getapiusersid 200'
    ])
  })
})
