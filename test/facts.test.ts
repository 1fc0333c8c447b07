import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import connect from 'connect'
import type { Express } from 'express'
import restifyProbes from 'restify-probes'
import { EXPRESS_MAJORS, load, titleOf } from './support/frameworks'
import { request, serving } from './support/http'
import type { Firing } from './support/recorder'
import { tracedApp } from './support/traced-app'
import { trace } from './support/tracing-in-process'

const ROOT = path.join(__dirname, '..', '..')
const SOURCE = path.join('test', 'fixtures', 'written.ts')
const COMPILED = path.join('build', 'test', 'fixtures', 'written.js')

interface Written {
  /** The location of each handler, for each traced request. */
  rounds: [Record<string, string>, Record<string, string>]
  message: string
}

async function written(node: string[], args: string[] = [], file = COMPILED): Promise<Written> {
  const { stdout } = await promisify(execFile)(process.execPath, [...node, file, ...args], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '' }
  })
  return JSON.parse(stdout) as Written
}

/** The line, counted from 1, of a file in the checkout that has this text first. */
function lineOf(file: string, text: string): number {
  const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n')
  return lines.findIndex((line) => line.includes(text)) + 1
}

/** Tells where each handler of the fixture is written, in its source or in what was compiled of it. */
function expected(file: string): Record<string, string> {
  const at = (text: string) => `${file}:${lineOf(file, text)}`
  return {
    named: at('function named('),
    'handler-1': at('// handler-1'),
    'bound bindable': '',
    asyncUtilWrap: at('function caughtByWrapper('),
    'handler-4': at('function inController('),
    inRequestScope: at('inRequestScope(_req'),
    callsOthers: at('function callsOthers('),
    wrapped: at('function wrapped('),
    answers: at('async answers(')
  }
}

/** An argument of a probe's, of each time it fired. */
function argumentsOf(firings: Firing[], probe: string, index: number): unknown[] {
  return firings.filter((firing) => firing.probe === probe).map(({ args }) => args[index])
}

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

for (const release of EXPRESS_MAJORS) {
  describe(`where a handler is written (rule 13), on ${titleOf(release)}`, () => {
    it('is told by file and line, relative to the working directory, from the second request on', async () => {
      const { rounds } = await written([], [release.express])
      assert.deepEqual(rounds[1], expected(COMPILED))
      assert.deepEqual(Object.keys(rounds[0]), Object.keys(rounds[1]))
    })

    it('is told through a source map that the script itself holds, as with ts-node', async () => {
      const file = COMPILED.replace('.js', `-${release.express}-inline.js`)
      const map = readFileSync(path.join(ROOT, `${COMPILED}.map`)).toString('base64')
      const code = readFileSync(path.join(ROOT, COMPILED), 'utf8')
      const inline = `//# sourceMappingURL=data:application/json;charset=utf-8;base64,${map}`
      writeFileSync(path.join(ROOT, file), code.replace(/\/\/# sourceMappingURL=.*/, inline))
      try {
        const { rounds } = await written([], [release.express], file)
        assert.deepEqual(rounds[1], expected(SOURCE))
      } finally {
        rmSync(path.join(ROOT, file))
      }
    })

    it('is told through the source map with --enable-source-maps', async () => {
      const { rounds } = await written(['--enable-source-maps'], [release.express])
      assert.deepEqual(rounds[1], expected(SOURCE))
    })
  })

  const app = (add: (app: Express) => void) => tracedApp(load(release), add)

  describe(`how long a handler is busy (rule 14), on ${titleOf(release)}`, () => {
    it('is what it blocked, not what it waited', async () => {
      const [traced] = await trace(
        app((app) => {
          app.use(function blocks(_req, _res, next) {
            block(80)
            next()
          })
          app.use(function waits(_req, _res, next) {
            void setTimeout(150).then(() => next())
          })
          app.use(async function awaits(_req, _res, next) {
            block(20)
            await setTimeout(20)
            block(200)
            next()
          })
          app.get('/', function answers(_req, res) {
            res.send('hello')
            block(10)
          })
        }),
        '/'
      )
      const busy = argumentsOf(traced?.firings ?? [], 'handler-done', 5) as number[]
      assert.ok(busy.every(Number.isInteger), `${busy}`)
      const [blocks, waits, awaits, answers] = busy as [number, number, number, number]
      // Other processes may keep this one from running for a while.
      assert.ok(blocks >= 80_000, `${blocks}`)
      assert.ok(waits < 75_000, `${waits}`)
      assert.ok(awaits >= 20_000 && awaits < 150_000, `${awaits}`)
      assert.ok(answers >= 10_000, `${answers}`)
    })

    it('ends where it throws, and counts nothing that runs after next()', async () => {
      const [traced] = await trace(
        app((app) => {
          app.use(function before(_req, _res, next) {
            next()
            block(200)
          })
          app.get('/', function throws() {
            block(30)
            throw new Error('broken')
          })
        }),
        '/'
      )
      const [before, throws] = argumentsOf(traced?.firings ?? [], 'handler-done', 5) as [number, number]
      assert.ok(before < 150_000, `${before}`)
      assert.ok(throws >= 30_000, `${throws}`)
    })
  })

  describe(`the path of a route (rule 15), on ${titleOf(release)}`, () => {
    const made = app((app) => {
      const { Router } = load(release)
      const outer = Router()
      const inner = Router()
      inner.get('/users/:id', (_req, res) => void res.send('user'))
      inner.get(/^\/files\/(.+)$/, (_req, res) => void res.send('file'))
      inner.get('/named', restifyProbes.route('GetNamed'), (_req, res) => void res.send('named'))
      inner.get('/', (_req, res) => void res.send('index'))
      outer.use('/v1', inner)
      app.use('/api', outer)
      app.get('/', (_req, res) => void res.send('root'))
      app.get(['/one', '/two'], (_req, res) => void res.send('one of two'))
      app.use('/static', (_req, res) => void res.status(404).send('nothing'))
    })
    const paths = {
      '/api/v1/users/7': '/api/v1/users/:id',
      '/api/v1/files/a/b': '/api/v1/^\\/files\\/(.+)$/',
      '/api/v1/named': '/api/v1/named',
      '/api/v1': '/api/v1',
      '/': '/',
      '/two': '/two',
      '/static/a': '',
      '/nowhere': ''
    }
    for (const [url, routePath] of Object.entries(paths)) {
      it(`is '${routePath}' for ${url}`, async () => {
        const [traced] = await trace(made, url)
        const firings = traced?.firings ?? []
        assert.deepEqual(argumentsOf(firings, 'route-start', 6), [routePath])
        assert.deepEqual(argumentsOf(firings, 'route-done', 5), [routePath])
      })
    }
  })
}

describe('the path of a route on Connect (rule 15)', () => {
  it("is the one of the table's entry that names it", async () => {
    const app = connect()
    app.use(restifyProbes({ routes: { 'GET /hello/:name': 'GetFoo' } }))
    app.use((_req, res) => void res.end('hello'))
    const [traced, other] = await trace(app, '/hello/mark', '/other')
    assert.deepEqual(argumentsOf(traced?.firings ?? [], 'route-done', 5), ['/hello/:name'])
    assert.deepEqual(argumentsOf(other?.firings ?? [], 'route-done', 5), [''])
  })
})

describe('messages of the channels', () => {
  /** Listens to a channel while a request is served. */
  async function received(use: (message: Record<string, unknown>) => void, redact: string[] = []) {
    const app = connect()
    app.use(restifyProbes({ redact }))
    app.use((_req, res) => void res.end('hello'))
    const listener = (message: unknown) => use(message as Record<string, unknown>)
    subscribe('restify:route-start', listener)
    await serving(app, (server) => request(server, '/', { headers: { 'x-key': 'k' } }))
    unsubscribe('restify:route-start', listener)
  }

  it('have their headers by every way of reading a message', async () => {
    const ways: Record<string, unknown> = {}
    await received((message) => {
      const { headers } = message
      ways.destructured = headers
      ways.copied = { ...message }.headers
      ways.json = JSON.parse(JSON.stringify(message)).headers
      ways.cloned = structuredClone(message).headers
      ways.assigned = Object.assign({}, message).headers
      ways.entry = Object.fromEntries(Object.entries(message)).headers
    })
    assert.equal(Object.keys(ways).length, 6)
    for (const [way, headers] of Object.entries(ways))
      assert.equal(JSON.parse(String(headers))['x-key'], 'k', way)
  })

  it('may be given other headers by a subscriber, for those after it', async () => {
    let seen: unknown
    await received((message) => {
      message.headers = '{}'
      seen = { ...message }.headers
    })
    assert.equal(seen, '{}')
  })
})
