import assert from 'node:assert/strict'
import type http from 'node:http'
import { describe, it } from 'node:test'
import connect from 'connect'
import type { Express, Request, Response } from 'express'
import restifyProbes from 'restify-probes'
import { EXPRESS_MAJORS, load, titleOf } from './support/frameworks'
import { request, serving } from './support/http'
import type { Firing } from './support/recorder'
import { tracedApp } from './support/traced-app'
import { routeNames, type Traced, trace } from './support/tracing-in-process'

/** Gives options as plain JavaScript does, where no type forbids any. */
const give = restifyProbes as (options?: unknown) => unknown
const giveRoute = restifyProbes.route as (name?: unknown) => unknown

const TAKES_OPTIONS = 'restifyProbes() takes an object of options, or nothing'
const TAKES_NAMES = 'restifyProbes() takes the options name, routeName, routes, redact, app, attach'
const TAKES_TABLE = "option routes takes an object such as { 'GET /hello/:name': 'GetFoo' }"
const TAKES_ROUTE_NAME = 'takes a string with at least one letter, digit or underscore'
const TAKES_KEY = "is not a method (or ALL), a space and a path, such as 'GET /hello/:name'"

/** The options that are given, and all that the error says of them. */
const BAD_OPTIONS: [given: unknown, message: string | RegExp][] = [
  ['x', `${TAKES_OPTIONS}; 'x' was given`],
  [null, `${TAKES_OPTIONS}; null was given`],
  [5, `${TAKES_OPTIONS}; 5 was given`],
  [function app() {}, `${TAKES_OPTIONS}; [Function: app] was given`],
  [{ nmae: 'x' }, `${TAKES_NAMES}; 'nmae' was given`],
  [{ name: 'x', route: 'y' }, `${TAKES_NAMES}; 'route' was given`],
  [['x'], /^restifyProbes\(\) takes /],
  [{ name: '' }, "option name takes a string that is not empty; '' was given"],
  [{ name: 5 }, 'option name takes a string that is not empty; 5 was given'],
  [{ name: null }, 'option name takes a string that is not empty; null was given'],
  [{ routeName: 'x' }, "option routeName takes a function (method, path) => string; 'x' was given"],
  [{ routeName: null }, 'option routeName takes a function (method, path) => string; null was given'],
  [{ routes: [] }, `${TAKES_TABLE}; [] was given`],
  [{ routes: new Map([['GET /x', 'x']]) }, `${TAKES_TABLE}; Map(1) { 'GET /x' => 'x' } was given`],
  [{ routes: 'GET /x' }, `${TAKES_TABLE}; 'GET /x' was given`],
  [{ routes: null }, `${TAKES_TABLE}; null was given`],
  [{ routes: { '/x': 'x' } }, `option routes: '/x' ${TAKES_KEY}`],
  [{ routes: { GET: 'x' } }, `option routes: 'GET' ${TAKES_KEY}`],
  [{ routes: { 'GET x': 'x' } }, `option routes: 'GET x' ${TAKES_KEY}`],
  [{ routes: { 'get /x': 'x' } }, `option routes: 'get /x' ${TAKES_KEY}`],
  [{ routes: { 'FETCH /x': 'x' } }, `option routes: 'FETCH /x' ${TAKES_KEY}`],
  [{ routes: { 'GET /a': 'x', '': 'y' } }, `option routes: '' ${TAKES_KEY}`],
  // The rest of the message is path-to-regexp's own.
  [{ routes: { 'GET /:': 'x' } }, /^option routes: the path of 'GET \/:' can't be read: \S/],
  [{ routes: { 'GET /a/{b': 'x' } }, /^option routes: the path of 'GET \/a\/\{b' can't be read: \S/],
  [{ routes: { 'GET /x': 5 } }, `option routes: 'GET /x' ${TAKES_ROUTE_NAME}; 5 was given`],
  [{ routes: { 'GET /x': '' } }, `option routes: 'GET /x' ${TAKES_ROUTE_NAME}; '' was given`],
  [{ routes: { 'GET /x': '日本' } }, `option routes: 'GET /x' ${TAKES_ROUTE_NAME}; '日本' was given`],
  [
    { redact: 'cookie' },
    "option redact takes an array of header names, and of query parameters such as '?token'; 'cookie' was given"
  ],
  [
    { redact: [5] },
    "option redact takes an array of header names, and of query parameters such as '?token'; [ 5 ] was given"
  ],
  [
    { redact: [''] },
    "option redact takes an array of header names, and of query parameters such as '?token'; [ '' ] was given"
  ],
  [
    { redact: ['?'] },
    "option redact takes an array of header names, and of query parameters such as '?token'; [ '?' ] was given"
  ],
  [
    { redact: null },
    "option redact takes an array of header names, and of query parameters such as '?token'; null was given"
  ],
  [{ app: 5 }, 'option app takes an Express or Connect app, or a router; 5 was given'],
  [{ app: {} }, 'option app takes an Express or Connect app, or a router; {} was given'],
  [{ attach: 0 }, 'option attach takes true or false; 0 was given'],
  [{ attach: null }, 'option attach takes true or false; null was given']
]

const BAD_ROUTE_NAMES: [given: unknown, shown: string][] = [
  [undefined, 'undefined'],
  [null, 'null'],
  ['', "''"],
  ['日本', "'日本'"],
  [' - ', "' - '"],
  [5, '5']
]

function titleFor(given: unknown): string {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
    ? Object.entries(given)
        .map(([name, value]) => `${name}: ${value instanceof Map ? 'a Map' : JSON.stringify(value)}`)
        .join(', ')
    : (JSON.stringify(given) ?? String(given))
}

describe('restifyProbes() throws a TypeError that says what was given and what is taken, for', () => {
  for (const [given, message] of BAD_OPTIONS) {
    it(titleFor(given), () => assert.throws(() => give(given), { name: 'TypeError', message }))
  }

  // They have no option's name among their keys, so only a look at what they are tells.
  for (const given of [[], new Map([['name', 'x']]), new Date(0)]) {
    it(`${given.constructor.name}, which is no object of options`, () =>
      assert.throws(() => give(given), { name: 'TypeError', message: /^restifyProbes\(\) takes an object/ }))
  }
})

describe('restifyProbes.route() throws a TypeError that says what was given and what is taken, for', () => {
  for (const [given, shown] of BAD_ROUTE_NAMES) {
    it(shown, () =>
      assert.throws(() => giveRoute(given), {
        name: 'TypeError',
        message: `restifyProbes.route() ${TAKES_ROUTE_NAME}; ${shown} was given`
      })
    )
  }
})

describe('restifyProbes() takes', () => {
  const good: [title: string, options: unknown][] = [
    ['nothing', undefined],
    ['no options', {}],
    ['an object without a prototype', Object.assign(Object.create(null), { name: 'x' })],
    [
      'options that are undefined',
      { name: undefined, routeName: undefined, routes: undefined, app: undefined }
    ],
    ['any name', { name: '日本 ☕' }],
    ['an empty table and nothing to redact', { routes: {}, redact: [] }],
    [
      "every method, ALL, and path-to-regexp's paths",
      {
        routes: {
          'GET /': 'a',
          'M-SEARCH /a/:b': 'b',
          'ALL /*rest': 'c',
          'PUT /x{/:y}': 'd_1',
          'GET  /z': '日本 e'
        }
      }
    ],
    ['an Express app', { app: load(EXPRESS_MAJORS[0] as (typeof EXPRESS_MAJORS)[0])() }],
    ['a Connect app', { app: connect() }],
    [
      'all of them',
      { name: 'x', routeName: () => 'x', routes: { 'GET /': 'x' }, redact: ['Cookie'], app() {} }
    ]
  ]
  for (const [title, options] of good) {
    it(title, () => {
      const middleware = give(options)
      assert.equal(typeof middleware, 'function')
      // Four would make an error handler of it.
      assert.equal((middleware as { length: number }).length, 3)
    })
  }

  it("any route name of which restify's rule leaves something", () => {
    for (const name of ['GetFoo', '_', '7', 'get foo!', '日本a'])
      assert.equal(typeof restifyProbes.route(name), 'function')
  })
})

function answer(_req: http.IncomingMessage, res: http.ServerResponse): void {
  res.end('answer')
}

/** Every route name that a request's probes had. */
function namesIn(firings: Firing[]): unknown[] {
  return [...new Set(firings.map(({ args }) => args[1]))]
}

for (const release of EXPRESS_MAJORS) {
  const express = load(release)

  /** An app with these options, and what a test adds. */
  const app = (options: restifyProbes.Options, add: (app: Express) => void) =>
    tracedApp(express, add, options)

  describe(`option routeName, on ${titleOf(release)}`, () => {
    it("replaces restify's rule: what it gives is shown as it is (rule 5)", async () => {
      const asked: unknown[][] = []
      const routeName = (...args: [string, string]) => {
        asked.push(args)
        return `${args[0]} ${args[1]}`
      }
      const users = express.Router()
      users.get('/users/:id', (_req, _res, next) => next(), answer)
      const listener = app({ routeName }, (app) => app.use('/api', users))
      const [get, head] = await trace(listener, '/api/users/7?x=1', { path: '/api/users/8', method: 'HEAD' })
      assert.deepEqual(namesIn(get?.firings ?? []), ['GET /api/users/:id'])
      // The route that serves a HEAD is the GET's.
      assert.deepEqual(namesIn(head?.firings ?? []), ['GET /api/users/:id'])
      assert.deepEqual([...new Set(asked.map((args) => args.join()))], ['GET,/api/users/:id'])
    })

    it('names what no route matches by its mount path, and leaves unmatched (rule 5)', async () => {
      const listener = app({ routeName: (method, path) => `${method} ${path}` }, (app) => {
        app.use('/static', answer)
      })
      assert.deepEqual(await routeNames(listener, '/static/a', '/other'), ['GET /static', 'unmatched'])
    })

    it('leaves given names as they are (rule 5)', async () => {
      const listener = app({ routeName: () => 'derived', routes: { 'GET /table': 'From Table' } }, (app) => {
        app.get('/given', restifyProbes.route('Get-Foo'), answer)
        app.get('/table', answer)
        app.get('/neither', answer)
      })
      assert.deepEqual(await routeNames(listener, '/given', '/table', '/neither'), [
        'Get-Foo',
        'From Table',
        'derived'
      ])
    })

    const useless: [title: string, routeName: () => unknown][] = [
      [
        'throws',
        () => {
          throw new Error('no name')
        }
      ],
      ['gives an empty string', () => ''],
      ['gives nothing', () => undefined],
      ['gives a number', () => 5],
      ['gives an object', () => Object.create(null)],
      ['gives a promise', () => Promise.resolve('x')]
    ]
    for (const [title, routeName] of useless) {
      it(`falls back to restify's rule where it ${title} (rules 5 and 12)`, async () => {
        const listener = app({ routeName: routeName as () => string }, (app) => app.get('/a/:b', answer))
        const [traced] = await trace(listener, '/a/1')
        assert.deepEqual(namesIn(traced?.firings ?? []), ['getab'])
        assert.equal(traced?.answer.body, 'answer')
      })
    }
  })

  describe(`option routes, on ${titleOf(release)}`, () => {
    it('names routes by method and path, in every probe (rule 5)', async () => {
      const users = express.Router()
      users.get('/:id', (_req, _res, next) => next(), answer)
      users.get('/', answer)
      const routes = {
        'GET /hello/:name': 'GetFoo',
        'ALL /any/*rest': 'Any Thing',
        'GET /api/users/:id': 'GetUser',
        'GET /api/users': 'GetUsers'
      }
      const listener = app({ routes }, (app) => {
        app.all('/hello/:x', answer)
        app.use('/any', answer)
        app.use('/api/users', users)
      })
      const traced = await trace(
        listener,
        '/hello/a?b=/any/c',
        { path: '/hello/a', method: 'HEAD' },
        { path: '/hello/a', method: 'POST' },
        { path: '/any/b/c', method: 'PUT' },
        '/api/users/7',
        '/api/users',
        '/api/users/?page=2',
        'http://example.com/hello/a',
        '/none'
      )
      assert.deepEqual(
        traced.map(({ firings }) => namesIn(firings).join()),
        [
          'getfoo',
          'getfoo',
          'posthellox',
          'anything',
          'getuser',
          'getusers',
          'getusers',
          'getfoo',
          'unmatched'
        ]
      )
    })

    it('goes by the first entry that matches, and after restifyProbes.route() (rule 5)', async () => {
      const routes = { 'GET /a/b': 'Exact', 'ALL /a/:x': 'Param', 'GET /a/c': 'Never' }
      const listener = app({ routes }, (app) => {
        app.get('/a/given', restifyProbes.route('Given'), answer)
        app.get('/a/:any', answer)
      })
      assert.deepEqual(await routeNames(listener, '/a/given', '/a/b', '/a/c'), ['given', 'exact', 'param'])
    })

    const rewrite = (req: Request, _res: Response, next: () => void) => {
      req.url = req.url.replace('/v1', '')
      next()
    }

    it('is matched against the URL that a handler has rewritten (rule 5)', async () => {
      const listener = app({ routes: { 'GET /users': 'Table' } }, (app) => {
        app.use(rewrite)
        app.get('/users', answer)
      })
      assert.deepEqual(await routeNames(listener, '/users', '/v1/users'), ['table', 'unmatched then table'])
    })

    it('is matched against a URL that was rewritten before the trace began (rule 5)', async () => {
      const listener = express()
      listener.use(rewrite, restifyProbes({ routes: { 'GET /users': 'Table' } }))
      listener.get('/users', answer)
      listener.get('/others', answer)
      assert.deepEqual(await routeNames(listener, '/users', '/v1/users', '/v1/others'), [
        'table',
        'table',
        'getothers'
      ])
    })

    it('matches a path that can not be decoded, of which Express makes its error (rule 12)', async () => {
      const listener = app({ routes: { 'GET /a/:x': 'Param' } }, (app) => app.get('/a/:x', answer))
      const [traced] = await trace(listener, '/a/%zz')
      assert.equal(traced?.answer.status, 400)
      assert.deepEqual(namesIn(traced?.firings ?? []), ['param'])
    })
  })

  describe(`option name, on ${titleOf(release)}`, () => {
    it('is the server name in every probe, and express where there is none (rule 4)', async () => {
      for (const [options, server] of [
        [{ name: 'helloworld' }, 'helloworld'],
        [{}, 'express']
      ] as const) {
        const [traced] = await trace(
          app(options, (app) => app.get('/', answer)),
          '/'
        )
        assert.deepEqual([...new Set(traced?.firings.map(({ args }) => args[0]))], [server])
      }
    })
  })

  describe(`option redact, on ${titleOf(release)}`, () => {
    it('keeps the values of headers out of the probes, and only there (rules 11 and 12)', async () => {
      let authorization: string | undefined
      const listener = app({ redact: ['AUTHORIZATION', 'x-key', 'Set-Cookie', 'x-absent'] }, (app) => {
        app.get('/', (req: Request, res: Response) => {
          authorization = req.headers.authorization
          res.setHeader('Set-Cookie', ['a=1', 'b=2'])
          res.setHeader('X-Key', 'sesame')
          res.setHeader('X-Plain', ['p', 'q'])
          res.end('answer')
        })
      })
      const headers = { Authorization: 'Basic sesame', 'X-KEY': 'sesame', 'x-plain': 'p' }
      const [traced] = (await trace(listener, { path: '/', headers })) as [Traced]
      const [start, done] = headersIn(traced)
      assert.deepEqual(
        { ...start, host: '' },
        {
          authorization: '[redacted]',
          'x-key': '[redacted]',
          'x-plain': 'p',
          host: '',
          connection: start.connection
        }
      )
      assert.equal(done['set-cookie'], '[redacted]')
      assert.equal(done['x-key'], '[redacted]')
      assert.deepEqual(done['x-plain'], ['p', 'q'])
      assert.ok(!('x-absent' in start) && !('x-absent' in done))
      assert.ok(!JSON.stringify(traced.firings).includes('sesame'))
      // The app and the client have what they always have.
      assert.equal(authorization, 'Basic sesame')
      assert.deepEqual(traced.answer.headers['set-cookie'], ['a=1', 'b=2'])
      assert.equal(traced.answer.headers['x-key'], 'sesame')
    })

    it('holds for headers that JSON can not hold, and for a toJSON that would tell (rule 11)', async () => {
      const before = express()
      before.use((req, _res, next) => {
        Object.assign(req.headers, { big: 5n, toJSON: () => ({ authorization: req.headers.authorization }) })
        next()
      })
      before.use(restifyProbes({ redact: ['authorization', 'x-key'] }))
      before.get('/', (_req, res) => {
        res.setHeader('x-key', 5n as never)
        res.setHeader('x-other', 6n as never)
        res.end('answer')
      })
      const [traced] = (await trace(before, { path: '/', headers: { authorization: 'sesame' } })) as [Traced]
      const [start, done] = headersIn(traced)
      assert.equal(start.authorization, '[redacted]')
      assert.equal(start.big, '5')
      assert.equal(done['x-key'], '[redacted]')
      assert.equal(done['x-other'], '6')
    })

    it('leaves every other header in its place, whatever its name (rule 11)', async () => {
      for (const redact of [[], ['x-key']]) {
        const listener = app({ redact }, (app) => {
          app.get('/', (_req, res) => {
            res.setHeader('__proto__', 'odd')
            res.setHeader('constructor', 'odd too')
            res.end('answer')
          })
        })
        const [traced] = (await trace(listener, '/')) as [Traced]
        const done = traced.firings.at(-1)?.args[4] as string
        assert.match(done, /"__proto__":"odd"/, `redact: ${JSON.stringify(redact)}`)
        assert.match(done, /"constructor":"odd too"/)
      }
    })
  })

  describe(`a message that would do harm, on ${titleOf(release)}`, () => {
    const fail = (): never => {
      throw new Error('hostile')
    }

    /** What is done to a request before the probes read it, and to its response before it ends. */
    const hostile: {
      title: string
      req?: (req: Request) => void
      res?: (res: Response) => void
      start?: Record<string, unknown>
      done?: Record<string, unknown>
    }[] = [
      {
        title: 'a toJSON that throws',
        req: (req) => Object.assign(req.headers, { toJSON: fail }),
        start: { 'x-plain': 'p' }
      },
      {
        title: 'a toJSON that gives no object',
        req: (req) => Object.assign(req.headers, { toJSON: () => '{"' }),
        start: { 'x-plain': 'p' }
      },
      {
        title: 'a getter that throws',
        req: (req) =>
          void Object.defineProperty(req.headers, 'x-trap', {
            get: fail,
            enumerable: true,
            configurable: true
          }),
        start: { 'x-plain': 'p' }
      },
      {
        title: 'headers that refer to themselves',
        req: (req) => Object.assign(req.headers, { self: req.headers }),
        start: { 'x-plain': 'p' }
      },
      {
        title: 'headers that can not be had',
        req: (req) => void Object.defineProperty(req, 'headers', { get: fail }),
        start: {}
      },
      {
        title: 'a BigInt',
        res: (res) => res.setHeader('x-big', 5n as never),
        done: { 'x-big': '5', 'x-plain': 'p' }
      },
      {
        title: 'an array with a BigInt',
        res: (res) => res.setHeader('x-big', ['a', 5n] as never),
        done: { 'x-big': ['a', '5'], 'x-plain': 'p' }
      },
      {
        title: 'a value that throws when it is read again',
        res(res) {
          let sent = false
          // This listener comes before the probes' own.
          res.prependListener('finish', () => {
            sent = true
          })
          const text = () => (sent ? fail() : 'once')
          res.setHeader('x-once', { toString: text, toJSON: fail } as never)
        },
        done: { 'x-plain': 'p' }
      },
      {
        title: 'a status code that can not be read again',
        res(res) {
          let sent = false
          res.prependListener('finish', () => {
            sent = true
          })
          Object.defineProperty(res, 'statusCode', { get: () => (sent ? fail() : 200), set() {} })
        }
      },
      { title: 'a getHeaders that throws', res: (res) => Object.assign(res, { getHeaders: fail }), done: {} },
      {
        title: 'a getHeaders that gives null',
        res: (res) => Object.assign(res, { getHeaders: () => null }),
        done: {}
      },
      {
        title: 'a getHeaders that gives a function',
        res: (res) => Object.assign(res, { getHeaders: () => fail }),
        done: {}
      }
    ]

    for (const { title, req: harm, res: harmLater, start, done } of hostile) {
      it(`with ${title} gives one JSON object all the same, and the client notices nothing (rules 11 and 12)`, async () => {
        for (const redact of [[], ['x-other']]) {
          const made = express()
          made.set('env', 'test')
          made.use((req, _res, next) => {
            harm?.(req)
            next()
          })
          made.use(restifyProbes({ redact }))
          made.get('/', (_req, res) => {
            res.setHeader('x-plain', 'p')
            harmLater?.(res)
            res.end('answer')
          })
          const [traced] = (await trace(made, { path: '/', headers: { 'x-plain': 'p' } })) as [Traced]
          const [started, ended] = headersIn(traced)
          for (const [seen, wanted] of [
            [started, start ?? { 'x-plain': 'p' }],
            [ended, done ?? { 'x-plain': 'p' }]
          ] as const) {
            for (const [name, value] of Object.entries(wanted)) assert.deepEqual(seen[name], value)
            if (Object.keys(wanted).length === 0) assert.deepEqual(seen, {})
          }
          assert.equal(traced.lines.length, 4)
          assert.equal(traced.answer.status, 200)
          assert.equal(traced.answer.body, 'answer')
          assert.equal(traced.answer.headers['x-plain'], 'p')
        }
      })
    }
  })

  describe(`restifyProbes.requestId(), on ${titleOf(release)}`, () => {
    it('is the id in the probes (rule 2)', async () => {
      const ids: unknown[] = []
      const listener = app({}, (app) => {
        app.use((req, _res, next) => {
          ids.push(restifyProbes.requestId(req))
          next()
        })
        app.get('/', (req, res) => {
          ids.push(restifyProbes.requestId(req))
          res.on('finish', () => ids.push(restifyProbes.requestId(req)))
          res.end()
        })
      })
      const traced = await trace(listener, '/', '/')
      const fired = traced.map(({ firings }) => firings[0]?.args[2])
      assert.equal(new Set(fired).size, 2)
      assert.deepEqual(
        ids,
        fired.flatMap((id) => [id, id, id])
      )
    })

    it('is undefined when nobody traces, and where the middleware is not', async () => {
      const ids: unknown[] = []
      const note = (req: Request, res: Response) => {
        ids.push(restifyProbes.requestId(req))
        res.end()
      }
      const untraced = app({}, (app) => app.get('/', note))
      await serving(untraced, (server) => request(server, '/'))
      await serving(express().get('/', note), (server) => request(server, '/'))
      assert.deepEqual(ids, [undefined, undefined])
    })
  })
}

/** The headers in a request's route-start and in its route-done. */
function headersIn({ firings }: Traced): [start: Record<string, unknown>, done: Record<string, unknown>] {
  return [firings[0]?.args[5], firings.at(-1)?.args[4]].map((json) => {
    const headers = JSON.parse(json as string)
    assert.equal(Object.prototype.toString.call(headers), '[object Object]', json as string)
    return headers
  }) as [Record<string, unknown>, Record<string, unknown>]
}

describe('options, on connect 3', () => {
  const routes = { 'GET /hello/:name': 'GetFoo', 'POST /hello/:name': 'PostFoo', 'ALL /any': 'Any' }

  function app(options: (app: connect.Server) => restifyProbes.Options): connect.Server {
    const made = connect()
    made.use(restifyProbes(options(made)))
    made.use('/hello', answer)
    made.use('/any', answer)
    return made
  }

  for (const [title, option] of [
    ['with the option app', (app: connect.Server) => ({ app })],
    ['without the option app', () => ({})]
  ] as const) {
    it(`routes names requests by method and path, ${title} (rule 5)`, async () => {
      const traced = await trace(
        app((made) => ({ ...option(made), routes })),
        '/hello/a?b=c',
        { path: '/hello/a', method: 'HEAD' },
        { path: '/hello/a', method: 'POST' },
        { path: '/any', method: 'PUT' },
        '/hello/a/b',
        '/none'
      )
      assert.deepEqual(
        traced.map(({ firings }) => namesIn(firings).join()),
        ['getfoo', 'getfoo', 'postfoo', 'any', 'gethello', 'unmatched']
      )
      assert.deepEqual(
        [...new Set(traced.flatMap(({ firings }) => firings.map(({ args }) => args[0])))],
        ['connect']
      )
    })
  }

  it('routes are matched against the whole path where the middleware has a mount path (rule 5)', async () => {
    const made = connect()
    const table = { 'GET /': 'Root', 'GET /api': 'Api', 'GET /api/a': 'ApiA' }
    made.use('/api', restifyProbes({ app: made, routes: table }) as connect.NextHandleFunction)
    made.use('/api', answer)
    assert.deepEqual(await routeNames(made, '/api/a', '/api'), ['apia', 'api'])
  })

  it('routeName gets the mount path of what will run, and leaves given names as they are (rule 5)', async () => {
    const listener = app((made) => ({
      app: made,
      routes: { 'GET /any': 'Any Thing' },
      routeName: (method, path) => `${method} ${path}`
    }))
    assert.deepEqual(await routeNames(listener, '/hello/a', '/any', '/none'), [
      'GET /hello',
      'Any Thing',
      'unmatched'
    ])
  })

  it('name is the server name (rule 4)', async () => {
    const [traced] = await trace(
      app((made) => ({ app: made, name: 'helloworld' })),
      '/any'
    )
    assert.deepEqual([...new Set(traced?.firings.map(({ args }) => args[0]))], ['helloworld'])
  })

  it('redact keeps values out of the probes (rule 11)', async () => {
    const made = connect()
    made.use(restifyProbes({ app: made, redact: ['X-Key'] }))
    made.use((_req, res) => {
      res.setHeader('x-key', 'sesame')
      res.end('answer')
    })
    const [traced] = (await trace(made, { path: '/', headers: { 'x-key': 'sesame' } })) as [Traced]
    assert.deepEqual(
      headersIn(traced).map((headers) => headers['x-key']),
      ['[redacted]', '[redacted]']
    )
    assert.equal(traced.answer.headers['x-key'], 'sesame')
  })
})
