import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import connect from 'connect'
import type { Express } from 'express'
import restifyProbes from 'restify-probes'
import type { HandlerRecord, RequestRecord } from '../dist/provider/record'
import type * as RuntimeModule from '../dist/runtime'
import { internal } from './support/cli'
import { EXPRESS_MAJORS, load, titleOf } from './support/frameworks'
import { request, serving } from './support/http'
import { PROBES, Recorder, summary } from './support/recorder'
import { tracedApp } from './support/traced-app'

const { sharedRuntime } = internal<typeof RuntimeModule>('../runtime')

/** A consumer that keeps what it is given. */
class Keeper {
  readonly records: RequestRecord[] = []
  readonly remove: () => void

  constructor(then: () => void = () => {}, wantsHandlers = true) {
    this.remove = sharedRuntime().addConsumer({
      wantsHandlers,
      requestDone: (record) => {
        this.records.push(record)
        then()
      }
    })
  }

  async requests(count: number): Promise<RequestRecord[]> {
    const deadline = Date.now() + 2000
    while (this.records.length < count) {
      assert.ok(Date.now() < deadline, `${count} requests did not end, but ${this.records.length}`)
      await setTimeout(2)
    }
    return this.records
  }
}

function handlersOf(record: RequestRecord | undefined): HandlerRecord[] {
  const handlers: HandlerRecord[] = []
  for (let handler = record?.firstHandler ?? null; handler !== null; handler = handler.nextHandler)
    handlers.push(handler)
  return handlers
}

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

/** Timers may come a little early, and other processes may keep this one waiting. */
function assertAbout(actual: number, expected: number): void {
  assert.ok(actual > expected - 3 && actual < expected + 150, `${actual} is not about ${expected}`)
}

for (const release of EXPRESS_MAJORS) {
  const app = (add: (app: Express) => void) =>
    tracedApp(load(release), add, { name: 'direct', redact: ['authorization'] })

  describe(`a direct consumer, on ${titleOf(release)}`, () => {
    it('gets each request once, when it is done, with its handlers in the order of their starts', async () => {
      const made = app((app) => {
        app.use(
          function first(_req, _res, next) {
            next()
          },
          (_req, _res, next) => void setTimeout(5).then(() => next())
        )
        app.get('/hello/:name', function respond(_req, res) {
          res.status(201).set('x-answer', 'yes').send('hello')
        })
      })
      const keeper = new Keeper()
      const recorder = new Recorder()
      await serving(made, (server) =>
        request(server, '/hello/mark?a=b', { headers: { authorization: 'secret', 'x-asked': 'yes' } })
      )
      const [record, ...others] = await keeper.requests(1)
      keeper.remove()
      const fired = recorder.stop()
      assert.ok(record)
      assert.deepEqual(others, [])
      assert.equal(record.id, fired[0]?.args[2])
      assert.equal(record.server.text, 'direct')
      assert.equal(record.route.text, 'gethelloname')
      assert.equal(record.method, 'GET')
      assert.equal(record.url, '/hello/mark?a=b')
      assert.equal(record.statusCode, 201)
      assert.equal(JSON.parse(record.requestHeaders.json())['x-asked'], 'yes')
      assert.equal(JSON.parse(record.requestHeaders.json()).authorization, '[redacted]')
      assert.equal(JSON.parse(record.responseHeaders.json())['x-answer'], 'yes')
      assert.deepEqual(
        handlersOf(record).map(({ handler, named }) => [handler.text, named]),
        [
          ['first', true],
          ['handler-1', false],
          ['respond', true]
        ]
      )
      // The consumer sees what the probes show, no less.
      assert.equal(summary(fired).filter((line) => line.startsWith('handler-done')).length, 3)
    })

    it('is told how long each handler took, and how long of that it held the event loop (rule 14)', async () => {
      const made = app((app) => {
        app.use(
          function blocks(_req, _res, next) {
            block(80)
            next()
          },
          function waits(_req, _res, next) {
            void setTimeout(150).then(() => next())
          }
        )
        app.get('/', async function both(_req, res) {
          block(30)
          await setTimeout(30)
          block(250)
          res.send('hello')
        })
      })
      const keeper = new Keeper()
      await serving(made, (server) => request(server, '/'))
      const [record] = await keeper.requests(1)
      keeper.remove()
      assert.ok(record)
      const [blocks, waits, both] = handlersOf(record) as [HandlerRecord, HandlerRecord, HandlerRecord]
      assertAbout(blocks.duration, 80)
      assert.equal(blocks.busy, blocks.duration)
      assertAbout(waits.duration, 150)
      assert.ok(waits.busy < 75, `${waits.busy}`)
      assertAbout(both.duration, 310)
      assertAbout(both.busy, 30)
      assertAbout(waits.startedAt - blocks.startedAt, 80)
      assertAbout(record.duration, 540)
      assert.ok(record.startedAt <= blocks.startedAt)
    })

    it('is given no handlers if it wants none, and their functions the next of their router', async () => {
      const given: unknown[] = []
      const made = app((app) => {
        app.use((req, _res, next) => {
          given.push(next === req.next)
          next()
        })
        const inner = load(release).Router()
        inner.get('/:id', function show(_req, res) {
          res.end()
        })
        app.use('/users', inner)
      })
      const without = new Keeper(() => {}, false)
      await serving(made, (server) => request(server, '/users/7'))
      const [alone] = await without.requests(1)
      assert.equal(alone?.route.text, 'getusersid')
      assert.equal(alone?.routePath, '/users/:id')
      assert.deepEqual(handlersOf(alone), [])
      assert.deepEqual(given, [true])
      const other = new Keeper()
      await serving(made, (server) => request(server, '/users/7'))
      const [beside] = await other.requests(1)
      assert.equal(handlersOf(beside).length, 2)
      for (const { remove } of [without, other]) remove()
    })

    it('gets the requests that begin while it is there, and no others (rule 3)', async () => {
      const made = app((app) => {
        app.get('/slow', (_req, res) => void setTimeout(50).then(() => res.send('slow')))
        app.get('/quick', (_req, res) => void res.send('quick'))
      })
      await serving(made, async (server) => {
        const first = new Keeper()
        const slow = request(server, '/slow')
        await setTimeout(20)
        const late = new Keeper()
        await request(server, '/quick')
        await late.requests(1)
        first.remove()
        await slow
        await setTimeout(20)
        late.remove()
        await request(server, '/quick')
        await setTimeout(20)
        assert.deepEqual(
          first.records.map(({ route }) => route.text),
          ['getquick']
        )
        assert.deepEqual(
          late.records.map(({ route }) => route.text),
          ['getquick']
        )
      })
    })

    it('that comes back while a request is under way gets no more of it', async () => {
      const made = app((app) => {
        app.get('/slow', (_req, res) => void setTimeout(50).then(() => res.send('slow')))
      })
      await serving(made, async (server) => {
        const consumer = { requestDone: () => assert.fail('a request that began before') }
        const remove = sharedRuntime().addConsumer(consumer)
        const slow = request(server, '/slow')
        await setTimeout(10)
        remove()
        const removeAgain = sharedRuntime().addConsumer(consumer)
        await slow
        await setTimeout(20)
        removeAgain()
      })
    })

    it('that throws disturbs neither the app nor another', async () => {
      const made = app((app) => void app.get('/', (_req, res) => void res.send('hello')))
      const broken = new Keeper(() => {
        throw new Error('broken consumer')
      })
      const sound = new Keeper()
      const answer = await serving(made, (server) => request(server, '/'))
      await sound.requests(1)
      broken.remove()
      sound.remove()
      assert.equal(answer.status, 200)
      assert.equal(broken.records.length, 1)
    })
  })
}

describe('a direct consumer', () => {
  it('is one who listens to all four probes, as status() tells', () => {
    assert.deepEqual(restifyProbes.status().enabled, [])
    const keeper = new Keeper()
    assert.deepEqual(restifyProbes.status().enabled, [...PROBES])
    keeper.remove()
    assert.deepEqual(restifyProbes.status().enabled, [])
  })

  it('gets the requests of Connect', async () => {
    const app = connect()
    app.use(restifyProbes())
    app.use(function blocks(_req, _res, next) {
      block(20)
      next()
    })
    app.use(function answers(_req, res) {
      res.end('hello')
    })
    const keeper = new Keeper()
    await serving(app, (server) => request(server, '/'))
    const [record] = await keeper.requests(1)
    keeper.remove()
    const [blocks, answers, ...others] = handlersOf(record) as [HandlerRecord, HandlerRecord]
    assert.deepEqual(others, [])
    assert.equal(answers.handler.text, 'answers')
    assertAbout(blocks.busy, 20)
  })
})
