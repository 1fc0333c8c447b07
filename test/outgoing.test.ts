import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import http from 'node:http'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import connect from 'connect'
import type { Express } from 'express'
import restifyProbes from 'restify-probes'
import type { CallRecord, HandlerRecord, RequestRecord } from '../dist/provider/record'
import type * as RuntimeModule from '../dist/runtime'
import { internal } from './support/cli'
import { EXPRESS_MAJORS, load, titleOf } from './support/frameworks'
import { portOf, request, serving } from './support/http'

const { sharedRuntime } = internal<typeof RuntimeModule>('../runtime')

const CHANNELS = [
  'http.client.request.created',
  'http.client.request.start',
  'http.client.request.error',
  'http.client.response.finish',
  'undici:request:create',
  'undici:request:headers',
  'undici:request:trailers',
  'undici:request:error'
]

/** Watches calls for as long as `use` takes, and gives the requests that were done. */
async function watched(use: () => Promise<unknown>, wantsCalls = true): Promise<RequestRecord[]> {
  const records: RequestRecord[] = []
  const remove = sharedRuntime().addConsumer({
    wantsCalls,
    requestDone: (record) => void records.push(record)
  })
  try {
    await use()
    // The server's side may be done a little later than the client's.
    await delay(20)
  } finally {
    remove()
  }
  return records
}

function handlersOf({ firstHandler }: RequestRecord): HandlerRecord[] {
  const handlers: HandlerRecord[] = []
  for (let handler = firstHandler; handler !== null; handler = handler.nextHandler) handlers.push(handler)
  return handlers
}

function callsOf({ firstCall }: HandlerRecord): CallRecord[] {
  const calls: CallRecord[] = []
  for (let call = firstCall; call !== null; call = call.nextCall) calls.push(call)
  return calls
}

/**
 * The calls by handler, such as `GET /a 200`, in the order of names, as those at once have no order on every
 * Node.
 */
function summary(record: RequestRecord): Record<string, string[]> {
  return Object.fromEntries(
    handlersOf(record).map((handler) => [
      handler.handler.text,
      callsOf(handler)
        .map(({ method, path, status, error }) => `${method} ${path} ${error || status}`)
        .sort()
    ])
  )
}

/** A server that others call: it waits as long as it is asked to, before its response and in it. */
function upstream(req: http.IncomingMessage, res: http.ServerResponse): void {
  const query = new URL(req.url ?? '', 'http://upstream').searchParams
  const [before, within] = ['before', 'within'].map((name) => Number(query.get(name) ?? 0)) as [
    number,
    number
  ]
  setTimeout(() => {
    res.statusCode = Number(query.get('status') ?? 200)
    // A few headers say what the app has sent.
    res.setHeader('x-sent', JSON.stringify(Object.keys(req.headers).sort()))
    res.write('begun')
    setTimeout(() => res.end(), within)
  }, before)
}

interface Calls {
  port: number
  /** Calls by node:http, and reads the response. */
  get(path: string, options?: http.RequestOptions): Promise<http.IncomingMessage>
  /** Calls by fetch, and reads the response. */
  fetched(path: string): Promise<Response>
}

/** An app whose handlers call another server. */
async function calling(
  release: (typeof EXPRESS_MAJORS)[number],
  add: (app: Express, calls: Calls) => void,
  use: (server: http.Server, calls: Calls) => Promise<void>,
  agent: http.Agent = new http.Agent({ keepAlive: true })
): Promise<void> {
  await serving(upstream, async (other) => {
    const port = portOf(other)
    const calls: Calls = {
      port,
      get: (path, options) =>
        new Promise((resolve, reject) => {
          const req = http.get({ host: '127.0.0.1', port, path, agent, ...options }, (res) => {
            res.resume()
            res.on('end', () => resolve(res))
            res.on('error', reject)
          })
          req.on('error', reject)
        }),
      async fetched(path) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`)
        await response.text()
        return response
      }
    }
    const app = load(release)()
    app.set('env', 'test')
    app.use(restifyProbes())
    add(app, calls)
    await serving(app, (server) => use(server, calls))
  })
  agent.destroy()
}

/** Timers may come a little early, and other processes may keep this one waiting. */
function assertAbout(actual: number, expected: number): void {
  assert.ok(actual > expected - 3 && actual < expected + 200, `${actual} is not about ${expected}`)
}

for (const release of EXPRESS_MAJORS) {
  describe(`outgoing calls, on ${titleOf(release)}`, () => {
    it('are those of the handler that made them, one after the other or at once', () =>
      calling(
        release,
        (app, { get, fetched }) => {
          app.use(function session(_req, _res, next) {
            get('/session?token=secret').then(() => next(), next)
          })
          app.get('/users/:id', async function showUser(req, res) {
            await Promise.all([get(`/users/${req.params.id}?before=20`), fetched('/orders?status=404')])
            await fetched('/cart')
            res.end()
          })
        },
        async (server) => {
          const [record] = await watched(() => request(server, '/users/7'))
          assert.deepEqual(summary(record as RequestRecord), {
            session: ['GET /session 200'],
            showUser: ['GET /cart 200', 'GET /orders 404', 'GET /users/7 200']
          })
        }
      ))

    it('are told from those of other requests at the same time, over the same connections', () =>
      calling(
        release,
        (app, { get, fetched }) => {
          for (const kind of ['a', 'b'])
            app.get(
              `/${kind}/:id`,
              async function first(req, _res, next) {
                await get(`/${kind}/${req.params.id}/first?before=3`)
                next()
              },
              async function second(req, res) {
                const { id } = req.params
                await Promise.all([get(`/${kind}/${id}/second?before=2`), fetched(`/${kind}/${id}/fetched`)])
                setTimeout(() => get(`/${kind}/${id}/timer`).then(() => res.end()), 1)
              }
            )
        },
        async (server) => {
          const paths = Array.from({ length: 60 }, (_, i) => `/${i % 2 ? 'a' : 'b'}/${i}`)
          const records = await watched(() => Promise.all(paths.map((path) => request(server, path))))
          assert.equal(records.length, paths.length)
          for (const record of records) {
            const { first, second } = summary(record)
            assert.deepEqual(first, [`GET ${record.url}/first 200`])
            assert.deepEqual(second, [
              `GET ${record.url}/fetched 200`,
              `GET ${record.url}/second 200`,
              `GET ${record.url}/timer 200`
            ])
          }
        },
        // Most calls wait for one of two connections, which another's end gives to them.
        new http.Agent({ keepAlive: true, maxSockets: 2 })
      ))

    it('have the time until the response began, and until it ended', () =>
      calling(
        release,
        (app, { get, fetched }) => {
          app.get('/', async function respond(_req, res) {
            await get('/http?before=60&within=80')
            await fetched('/fetch?before=60&within=80')
            res.end()
          })
        },
        async (server) => {
          const [record] = await watched(() => request(server, '/'))
          const [handler] = handlersOf(record as RequestRecord)
          const calls = callsOf(handler as HandlerRecord)
          assert.equal(calls.length, 2)
          for (const { startedAt, respondedAt, endedAt } of calls) {
            assertAbout(respondedAt - startedAt, 60)
            assertAbout(endedAt - respondedAt, 80)
          }
        }
      ))

    it('may fail, be broken off, or outlast the request', () =>
      calling(
        release,
        (app, { get, fetched, port }) => {
          app.get('/', async function respond(_req, res) {
            await get('/refused', { port: 1 }).catch(() => {})
            await fetch('http://127.0.0.1:2/').catch(() => {})
            const broken = http.get({ port, path: '/destroyed?before=500' })
            await new Promise((resolve) => {
              broken.on('error', resolve)
              setTimeout(() => broken.destroy(), 5)
            })
            const signal = AbortSignal.timeout(20)
            await fetch(`http://127.0.0.1:${port}/aborted?before=500`, { signal }).catch(() => {})
            void get('/late?before=60').catch(() => {})
            void fetched('/later?before=60').catch(() => {})
            await delay(5)
            res.end()
            setImmediate(() => void get('/after').catch(() => {}))
          })
        },
        async (server) => {
          const [record] = await watched(() => request(server, '/'))
          const { respond = [] } = summary(record as RequestRecord)
          assert.deepEqual(
            respond.filter((each) => !/^GET \/ /.test(each)),
            [
              respond.find((each) => each.startsWith('GET /aborted ')),
              'GET /destroyed ECONNRESET',
              'GET /late 0',
              'GET /later 0',
              'GET /refused ECONNREFUSED'
            ]
          )
          assert.match(respond.join('\n'), /^GET \/aborted (?:\w*Error|UND_\w+)$/m)
          const calls = callsOf(handlersOf(record as RequestRecord)[0] as HandlerRecord)
          for (const { path, endedAt } of calls) assert.equal(endedAt === 0, path.startsWith('/late'), path)
          // The facts about them do not change when they end.
          await delay(100)
          assert.ok(summary(record as RequestRecord).respond?.length === respond.length)
        }
      ))

    it('are kept up to a number, and counted above it', () =>
      calling(
        release,
        (app, { get }) => {
          app.get('/', async function respond(_req, res) {
            for (let i = 0; i < 12; i++) await Promise.all(Array.from({ length: 10 }, () => get('/many')))
            res.end()
          })
        },
        async (server) => {
          const [record] = await watched(() => request(server, '/'))
          assert.equal(callsOf(handlersOf(record as RequestRecord)[0] as HandlerRecord).length, 100)
          assert.equal(record?.callsLeftOut, 20)
        }
      ))

    it('have no query, no credentials, and their host with its port', () =>
      calling(
        release,
        (app, { port }) => {
          app.get('/', function respond(_req, res) {
            const proxied = `http://user:password@proxied.example/path?key=secret`
            const req = http.get({ port, path: proxied, auth: 'user:password' }, (answer) => {
              answer.resume()
              answer.on('end', () => res.end())
            })
            req.on('error', () => res.end())
          })
        },
        async (server, { port }) => {
          const [record] = await watched(() => request(server, '/'))
          const [call] = callsOf(handlersOf(record as RequestRecord)[0] as HandlerRecord)
          assert.deepEqual([call?.host, call?.path], ['proxied.example', '/path'])
          assert.doesNotMatch(JSON.stringify(call), /secret|password/)
          assert.ok(port > 0)
        }
      ))

    it('are the same for the app and for the server that it calls', () =>
      calling(
        release,
        (app, { get, fetched }) => {
          const own = new AsyncLocalStorage<string>()
          app.use((_req, _res, next) => own.run('own', next))
          app.get('/', async function respond(_req, res) {
            const answers = [await get('/'), await fetched('/')]
            const [byHttp, byFetch] = answers.map((answer) =>
              'headers' in answer && answer.headers instanceof Headers
                ? answer.headers.get('x-sent')
                : (answer as http.IncomingMessage).headers['x-sent']
            )
            res.json({ byHttp, byFetch, own: own.getStore() })
          })
        },
        async (server) => {
          const without = await request(server, '/')
          let with_: typeof without | undefined
          await watched(async () => {
            with_ = await request(server, '/')
          })
          assert.equal(JSON.parse(without.body).own, 'own')
          assert.deepEqual(JSON.parse(with_?.body ?? ''), JSON.parse(without.body))
        }
      ))
  })
}

describe('outgoing calls', () => {
  const [release] = EXPRESS_MAJORS as [(typeof EXPRESS_MAJORS)[number]]

  it('are subscribed to only while somebody asks, and leave no listener', () =>
    calling(
      release,
      (app, { get, port }) => {
        app.get('/ended', async function respond(_req, res) {
          const answer = await get('/')
          res.json((answer as http.IncomingMessage & { req: http.ClientRequest }).req.listenerCount('close'))
        })
        app.get('/open', function respond(_req, res) {
          const req = http.get({ port, path: '/?before=100' }, (answer) => answer.resume())
          open.push(req)
          res.end()
        })
      },
      async (server) => {
        const subscribed = () => CHANNELS.filter((name) => channel(name).hasSubscribers)
        assert.deepEqual(subscribed(), [])
        await watched(async () => assert.deepEqual(subscribed(), []), false)
        const { body } = await request(server, '/ended')
        const inner: string[][] = []
        await watched(async () => {
          await watched(async () => void inner.push(subscribed()))
          inner.push(subscribed())
          await request(server, '/open')
        })
        assert.deepEqual(inner, [CHANNELS, CHANNELS])
        assert.deepEqual(subscribed(), [])
        const [req] = open
        // The call is still under way.
        assert.equal(req?.listenerCount('close'), 0)
        await new Promise((resolve) => req?.once('close', resolve))
        assert.equal((await request(server, '/ended')).body, body)
      }
    ))

  const open: http.ClientRequest[] = []

  it('are those of the handler that made them, on Connect', () =>
    serving(upstream, async (other) => {
      const call = () => fetch(`http://127.0.0.1:${portOf(other)}/called`).then((response) => response.text())
      const app = connect()
      app.use(restifyProbes() as connect.NextHandleFunction)
      app.use(function first(_req, _res, next) {
        call().then(() => next(), next)
      })
      app.use('/users', function second(_req: http.IncomingMessage, res: http.ServerResponse) {
        void Promise.all([call(), call()]).then(() => res.end())
      })
      await serving(app, async (server) => {
        const [record] = await watched(() => request(server, '/users'))
        assert.deepEqual(summary(record as RequestRecord), {
          first: ['GET /called 200'],
          second: ['GET /called 200', 'GET /called 200']
        })
      })
    }))

  it('are not looked for where nobody wants them', () =>
    calling(
      release,
      (app, { get }) => {
        app.get('/', async function respond(_req, res) {
          await get('/')
          res.end()
        })
      },
      async (server) => {
        const [record] = await watched(() => request(server, '/'), false)
        assert.deepEqual(summary(record as RequestRecord), { respond: [] })
      }
    ))

  it('do not warn of a listener that is ours', () =>
    calling(
      release,
      (app, { port }) => {
        app.get('/', function respond(_req, res) {
          const req = http.get({ port, path: '/' }, (answer) => answer.resume())
          for (let i = 0; i < 9; i++) req.on('close', () => {})
          req.on('close', () => res.end())
        })
      },
      async (server) => {
        const warnings: Error[] = []
        const listener = (warning: Error) => void warnings.push(warning)
        process.on('warning', listener)
        await watched(() => request(server, '/'))
        process.removeListener('warning', listener)
        assert.deepEqual(warnings, [])
      }
    ))

  it('do no harm where what an app calls with is odd', () =>
    calling(
      release,
      (app, { port }) => {
        app.get('/', function respond(_req, res) {
          const req = http.get({ port, path: '/' }, (answer) => {
            answer.resume()
            answer.on('end', () => res.end())
          })
          Object.defineProperty(req, 'path', {
            get() {
              throw new Error('the path of an odd request')
            }
          })
        })
      },
      async (server) => {
        const records = await watched(() => request(server, '/'))
        assert.equal(records.length, 1)
      }
    ))
})
