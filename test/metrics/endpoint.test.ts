import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import type http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import express from 'express'
import { Registry } from 'prom-client'
import restifyProbes from 'restify-probes'
import { type Controls, metrics, type Options, register } from 'restify-probes/prometheus'
import { missing, skipFor } from '../support/compulsory'
import { portOf, request, serving } from '../support/http'
import { assertMetrics } from '../support/promtool'
import { until } from './support/until'

/** An app with a few routes, and its metrics, for as long as `use` takes. */
async function measured(
  options: Options | undefined,
  use: (server: http.Server, handler: ReturnType<typeof metrics>) => Promise<void>
): Promise<void> {
  const app = express()
  const handler = metrics(options)
  app.use(restifyProbes())
  app.get('/metrics', handler)
  app.use('/metrics/handlers', handler.handlersSwitch)
  app.get('/odd/:kind', function answer(req, res) {
    res.status(Number(req.params.kind)).end()
  })
  for (const path of ['/a', '/b', '/c', '/d'])
    app.get(path, function answer(_req, res) {
      res.send(path)
    })
  try {
    await serving(app, (server) => use(server, handler))
  } finally {
    handler.stop()
  }
}

/** The value of a series, by what stands before it on its line; undefined if there is no such line. */
function valueIn(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}

const scraped = async (server: http.Server) => (await request(server, '/metrics')).body

const requestsOf = (route: string) =>
  `http_server_request_duration_seconds_count{http_request_method="GET",http_route="${route}",http_response_status_code="200"}`

describe('GET /metrics', () => {
  it('counts into classic buckets exactly, wherever their boundaries are', async () => {
    // All but some of these boundaries are below what any request takes, or above it.
    const buckets = [1e-6, 0.001, 0.0011, 0.0012, 60]
    await measured({ buckets }, async (server) => {
      for (let i = 0; i < 5; i++) await request(server, '/a')
      const text = await scraped(server)
      const bucket = (le: string) =>
        valueIn(text, `${requestsOf('/a').replace('_count', '_bucket').slice(0, -1)},le="${le}"}`)
      assert.deepEqual([bucket('1e-06'), bucket('60.0'), bucket('+Inf')], [0, 5, 5])
    })
  })

  it('passes promtool check metrics', skipFor(missing(['promtool'])), async () => {
    await measured(undefined, async (server) => {
      await request(server, '/a')
      assertMetrics(await scraped(server))
    })
  })

  it('is compressed for who takes that, once it is long', async () => {
    await measured(undefined, async (server) => {
      for (const path of ['/a', '/b', '/c', '/d']) await request(server, path)
      const response = await fetch(`http://127.0.0.1:${portOf(server)}/metrics`)
      assert.equal(response.headers.get('content-encoding'), 'gzip')
      assert.match(await response.text(), /http_route="\/d"/)
      const refused = await request(server, '/metrics', { headers: { 'accept-encoding': 'gzip;q=0, br' } })
      assert.equal(refused.headers['content-encoding'], undefined)
      assert.throws(() => gunzipSync(refused.body))
    })
  })

  it('says which bound was met, and how many requests and handlers have no series of their own', async () => {
    await measured({ limits: { routes: 2, handlers: 1 } }, async (server) => {
      for (const path of ['/a', '/b', '/c', '/d', '/d']) await request(server, path)
      const text = await scraped(server)
      const overflow = (bound: string) => valueIn(text, `restify_metrics_overflow_total{bound="${bound}"}`)
      assert.deepEqual([overflow('routes'), overflow('status_codes'), overflow('handlers')], [3, 0, 4])
      assert.match(text, /http_route="\(other routes\)",http_response_status_code="200"} 3\n/)
      assert.match(text, /http_route="\(other routes\)",handler="\(other handlers\)"/)
      assert.equal(valueIn(text, requestsOf('/a')), 1)
      assert.equal(valueIn(text, requestsOf('/c')), undefined)
    })
  })

  it('says that a route has had more status codes than have series of their own', async () => {
    await measured(undefined, async (server) => {
      for (let code = 400; code < 430; code++) await request(server, `/odd/${code}`)
      const text = await scraped(server)
      assert.equal(valueIn(text, 'restify_metrics_overflow_total{bound="status_codes"}'), 10)
      assert.equal(
        valueIn(
          text,
          'http_server_request_duration_seconds_count{http_request_method="GET",http_route="/odd/:kind"}'
        ),
        10
      )
    })
  })

  it('counts nothing any more once it is stopped', async () => {
    await measured(undefined, async (server, handler) => {
      await request(server, '/a')
      handler.stop()
      await request(server, '/a')
      assert.equal(valueIn(await scraped(server), requestsOf('/a')), 1)
      assert.deepEqual(restifyProbes.status().enabled, [])
    })
  })

  it('serves whoever reads, however many scrapers do not, of which eight are waited for', async () => {
    const app = express()
    // There are so many series that an answer does not fit into the system's buffers.
    const handler = metrics({ buckets: Array.from({ length: 100 }, (_, i) => i + 1) })
    app.use(restifyProbes())
    app.get('/metrics', handler)
    for (let i = 0; i < 400; i++)
      app.get(`/route-${i}`, function answer(_req, res) {
        res.send('')
      })
    await serving(app, async (server) => {
      for (let i = 0; i < 400; i++) await request(server, `/route-${i}`)
      const stuck = Array.from({ length: 20 }, () => {
        const socket = net.connect(portOf(server), '127.0.0.1').pause()
        socket.write('GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n')
        return socket
      })
      const connections = () => new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
      await until(async () => (await connections()) === 8, 'eight of them are left')
      for (let i = 0; i < 20; i++) assert.equal((await request(server, '/metrics')).status, 200)
      for (const socket of stuck) socket.destroy()
    })
    handler.stop()
  })
})

describe('a scraper that goes away before it is answered', () => {
  it('takes no place for ever', async () => {
    const app = express()
    const handler = metrics()
    let asked = 0
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    app.use(restifyProbes())
    // Such as one that asks a database for rights.
    app.use(async function waits(_req, _res, next) {
      if (asked++ < 8) await released
      next()
    })
    app.get('/metrics', handler)
    await serving(app, async (server) => {
      const gone = Array.from({ length: 8 }, () => {
        const socket = net.connect(portOf(server), '127.0.0.1')
        socket.write('GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n')
        return socket
      })
      await until(async () => asked === 8, 'all have asked')
      for (const socket of gone) socket.destroy()
      await setTimeout(100)
      release()
      await setTimeout(100)
      assert.equal((await request(server, '/metrics')).status, 200)
    })
    handler.stop()
  })
})

describe('series of handlers', () => {
  const shown = async (server: http.Server) => / *handler="answer"/.test(await scraped(server))
  const put = (server: http.Server, query: string, method = 'PUT') =>
    request(server, `/metrics/handlers${query}`, { method })

  it('are left out, shown, and shown for a time, from the code and by HTTP', async () => {
    await measured({ handlers: false }, async (server, handler) => {
      await request(server, '/a')
      assert.equal(await shown(server), false)
      handler.showHandlers(true)
      assert.equal(await shown(server), true)
      assert.deepEqual(await put(server, '?show=off').then(({ status, body }) => [status, body]), [
        200,
        'series of handlers: off\n'
      ])
      assert.equal(await shown(server), false)
      assert.equal((await put(server, '?show=10m', 'POST')).body, 'series of handlers: on for 600 s\n')
      assert.equal(await shown(server), true)
      handler.showHandlers('0.2s')
      assert.equal(await shown(server), true)
      await setTimeout(250)
      assert.equal(await shown(server), false)
      assert.equal((await put(server, '', 'GET')).body, 'series of handlers: off\n')
    })
  })

  it('are not switched by what is not taken', async () => {
    await measured({ handlers: '1h' }, async (server, handler) => {
      await request(server, '/a')
      for (const [query, method, status, body] of [
        ['?show=maybe', 'PUT', 400, 'show takes on, off, or a time such as 90s, 10m or 2h\n'],
        ['?show=', 'PUT', 400, 'show takes on, off, or a time such as 90s, 10m or 2h\n'],
        ['?show=constructor', 'PUT', 400, 'show takes on, off, or a time such as 90s, 10m or 2h\n'],
        ['?show=off', 'GET', 405, 'to switch the series of handlers, use PUT or POST\n']
      ] as const) {
        const answer = await put(server, query, method)
        assert.deepEqual([answer.status, answer.body], [status, body])
      }
      assert.throws(() => (handler.showHandlers as (shown: unknown) => void)(7), {
        name: 'TypeError',
        message: "showHandlers() takes true, false, or a time such as '90s', '10m' or '2h'; 7 was given"
      })
      assert.equal(await shown(server), true)
    })
  })
})

describe('a registry of prom-client', () => {
  /** The app with its metrics in a registry. */
  async function registered(use: (registry: Registry, server: http.Server, own: Controls) => Promise<void>) {
    const registry = new Registry()
    const own = register(registry, { buckets: [60] })
    try {
      await measured(undefined, (server) => use(registry, server, own))
    } finally {
      own.stop()
    }
  }

  it('has the metrics, in its own format and in OpenMetrics', async () => {
    await registered(async (registry, server) => {
      await request(server, '/a')
      const text = await registry.metrics()
      assert.equal(valueIn(text, requestsOf('/a')), 1)
      assert.match(text, /http_route="\/a",http_response_status_code="200",le="60.0"} 1\n/)
      assert.match(text, /restify_handler_duration_seconds_count\{.*handler="answer".*} 1\n/)
      assert.equal(valueIn(text, 'restify_metrics_overflow_total{bound="routes"}'), 0)
      registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
      const openMetrics = await registry.metrics()
      assert.equal(valueIn(openMetrics, 'restify_metrics_overflow_total{bound="routes"}'), 0)
      assert.match(openMetrics, /# TYPE restify_metrics_overflow counter\n/)
    })
  })

  it('counts from zero after resetMetrics(), and has the metrics no more after stop()', async () => {
    await registered(async (registry, server, own) => {
      await request(server, '/a')
      registry.resetMetrics()
      await request(server, '/b')
      const text = await registry.metrics()
      assert.deepEqual([valueIn(text, requestsOf('/a')), valueIn(text, requestsOf('/b'))], [undefined, 1])
      own.stop()
      assert.equal((await registry.metrics()).trim(), '')
    })
  })

  it('is told of a second registration', async () => {
    await registered(async (registry) => {
      assert.throws(
        () => register(registry),
        /the registry has a metric http_server_request_duration_seconds already/
      )
    })
  })

  it('adds up what the workers of a cluster have', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      path.join(__dirname, 'fixtures', 'cluster.js')
    ])
    assert.equal(valueIn(stdout, requestsOf('/hello/:name')), 6)
    assert.match(stdout, /restify_handler_duration_seconds_bucket\{.*handler="hello".*le="0.5"} 6\n/)
    assert.match(stdout, /nodejs_eventloop_delay_max_seconds \d/)
  })
})

describe('metrics() and register()', () => {
  const give = metrics as (options?: unknown) => unknown
  const giveRegistry = register as (registry?: unknown, options?: unknown) => unknown
  const TAKES_SHOWN = "option handlers takes true, false, or a time such as '90s', '10m' or '2h'"
  const TAKES_BUCKETS = 'option buckets takes at most 100 rising numbers of seconds above 0'

  for (const [given, message] of [
    [5, 'metrics() takes an object of options, or nothing; 5 was given'],
    [null, 'metrics() takes an object of options, or nothing; null was given'],
    [{ bucket: [1] }, "metrics() takes the options handlers, eventLoop, limits, buckets; 'bucket' was given"],
    [{ handlers: 'soon' }, `${TAKES_SHOWN}; 'soon' was given`],
    [{ handlers: '10 m' }, `${TAKES_SHOWN}; '10 m' was given`],
    [{ handlers: 600 }, `${TAKES_SHOWN}; 600 was given`],
    [{ eventLoop: 1 }, 'option eventLoop takes true or false; 1 was given'],
    [{ buckets: 0.5 }, `${TAKES_BUCKETS}; 0.5 was given`],
    [{ buckets: [0] }, `${TAKES_BUCKETS}; [ 0 ] was given`],
    [{ buckets: [1, 1] }, `${TAKES_BUCKETS}; [ 1, 1 ] was given`],
    [{ buckets: [1, Number.NaN] }, `${TAKES_BUCKETS}; [ 1, NaN ] was given`],
    [{ limits: 5 }, 'option limits takes an object of options, or nothing; 5 was given'],
    [{ limits: { route: 5 } }, "option limits takes the options routes, handlers; 'route' was given"],
    [{ limits: { routes: 0 } }, 'option limits.routes takes a whole number from 1 to 100000; 0 was given'],
    [
      { limits: { handlers: 1e9 } },
      'option limits.handlers takes a whole number from 1 to 100000; 1000000000 was given'
    ]
  ] as const) {
    it(`say what they take: ${message}`, () => {
      assert.throws(() => give(given), { name: 'TypeError', message })
      assert.throws(() => giveRegistry(new Registry(), given), {
        name: 'TypeError',
        message: message.replace(/^metrics\(\)/, 'register()')
      })
    })
  }

  it('say that what they were given is no registry', () => {
    for (const given of [undefined, {}, 'prom-client'])
      assert.throws(() => giveRegistry(given), {
        name: 'TypeError',
        message: /^register\(\) takes a registry of prom-client's; /
      })
  })
})
