import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { assertPaired } from './support/pairing'
import { byRequest, type Firing, idOf, summary } from './support/recorder'

const ROOT = path.join(__dirname, '..', '..')

/** Runs a program in a process of its own, from the project's folder; it prints JSON. */
async function run<T>(program: string, ...flags: string[]): Promise<T> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, '-e', program], {
    cwd: ROOT,
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024
  })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

describe('the package', () => {
  it('is, for require, the function itself, with its companions', async () => {
    const api = await run<object>(`
      const restifyProbes = require('restify-probes')
      const { name, route, requestId, status } = restifyProbes
      console.log(JSON.stringify({
        is: typeof restifyProbes,
        name,
        keys: Object.keys(restifyProbes).sort(),
        types: [route, requestId, status].map((companion) => typeof companion),
        status: typeof status().provider
      }))
    `)
    assert.deepEqual(api, {
      is: 'function',
      name: 'restifyProbes',
      keys: ['requestId', 'route', 'status'],
      types: ['function', 'function', 'function'],
      status: 'string'
    })
  })

  it('is, for import, the same function as default and its companions by name', async () => {
    const api = await run<object>(
      `
      import { createRequire } from 'node:module'
      import restifyProbes, { requestId, route, status } from 'restify-probes'
      import * as all from 'restify-probes'
      const required = createRequire(process.cwd() + '/x.js')('restify-probes')
      console.log(JSON.stringify({
        keys: Object.keys(all).sort(),
        same: [
          restifyProbes === required,
          route === required.route,
          requestId === required.requestId,
          status === required.status
        ]
      }))
    `,
      '--input-type=module'
    )
    assert.deepEqual(api, {
      keys: ['default', 'requestId', 'route', 'status'],
      same: [true, true, true, true]
    })
  })

  it('gives its package.json, and nothing from inside', async () => {
    const codes = await run<unknown[]>(`
      console.log(JSON.stringify([
        require('restify-probes/package.json').name,
        ...['restify-probes/dist/index.js', 'restify-probes/dist/runtime.js'].map((inside) => {
          try { require(inside); return 'given' } catch ({ code }) { return code }
        })
      ]))
    `)
    assert.deepEqual(codes, [
      'restify-probes',
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
      'ERR_PACKAGE_PATH_NOT_EXPORTED'
    ])
  })

  it('loads no tracing part before it is used', async () => {
    const loaded = await run<string[]>(`
      require('restify-probes')
      console.log(JSON.stringify(Object.keys(require.cache).filter((file) => /\\.node$|path-to-regexp/.test(file))))
    `)
    assert.deepEqual(loaded, [])
  })
})

// What the programs below have in common; `record` records the channels of the thread.
const LIBRARY = `
  const http = require('node:http')
  const { once } = require('node:events')
  const { subscribe } = require('node:diagnostics_channel')
  const ARGUMENTS = {
    'route-start': ['serverName', 'routeName', 'id', 'method', 'url'],
    'handler-start': ['serverName', 'routeName', 'handlerName', 'id'],
    'handler-done': ['serverName', 'routeName', 'handlerName', 'id'],
    'route-done': ['serverName', 'routeName', 'id', 'statusCode']
  }
  function record() {
    const fired = []
    for (const [probe, names] of Object.entries(ARGUMENTS))
      subscribe('restify:' + probe, (message) => fired.push({ probe, args: names.map((name) => message[name]) }))
    return fired
  }
  async function serve(listener, paths, at = 0) {
    const server = http.createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 })
    const bodies = await Promise.all(paths.map((path) => new Promise((resolve, reject) => {
      http.get({ port: server.address().port, path, agent }, (res) => {
        let body = ''
        res.on('data', (data) => { body += data })
        res.on('end', () => resolve(body))
      }).on('error', reject)
    })))
    agent.destroy()
    server.close()
    // route-done may come after the client has all.
    await new Promise((resolve) => setTimeout(resolve, 50))
    return bodies
  }
`

/** More requests than there are ids in a block. */
const REQUESTS = 600

interface Served {
  bodies: string[]
  fired: Firing[]
  /** By each copy's own account. */
  addons: (string | undefined)[]
}

describe('two copies of the package', () => {
  let copy: string

  before(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'restify-probes-'))
    for (const part of ['dist', path.join('native', 'build'), 'package.json'])
      cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true })
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'))
  })
  after(() => rmSync(copy, { recursive: true }))

  /** Runs a program in which A and B are the copies' files, and express is Express. */
  function runWithCopies<T>(program: string): Promise<T> {
    return run(`
      const A = ${JSON.stringify(ROOT)}
      const B = ${JSON.stringify(copy)}
      const LIBRARY = ${JSON.stringify(LIBRARY)}
      ${LIBRARY}
      const express = require('express')
      ${program}
    `)
  }

  it('are one: a route that one names is traced by the other, once (rules 1 and 5)', async () => {
    const { same, bodies, fired, ids, addons } = await runWithCopies<
      Served & { same: boolean; ids: number[] }
    >(`
      void (async () => {
        const a = require(A)
        const b = require(B)
        const ids = []
        const app = express()
        app.use(a({ name: 'helloworld' }))
        app.get('/x', b.route('GetX'), function respond(req, res) {
          ids.push(a.requestId(req), b.requestId(req))
          res.send('x')
        })
        const fired = record()
        const bodies = await serve(app, ['/x'])
        const addons = [a, b].map((copy) => copy.status().addon)
        console.log(JSON.stringify({ same: a === b, bodies, fired, ids, addons }))
      })()
    `)
    assert.equal(same, false)
    assert.deepEqual(bodies, ['x'])
    assert.deepEqual(summary(fired), [
      'route-start getx',
      'handler-start getx respond',
      'handler-done getx respond',
      'route-done getx 200'
    ])
    assertPaired(fired)
    assert.deepEqual(ids, Array(2).fill(idOf(fired[0] as Firing)))
    assert.equal(addons[0], addons[1])
  })

  it('trace a request once where both are used in an app, whichever comes first (rule 1)', async () => {
    const { fired, addons } = await runWithCopies<Served>(`
      void (async () => {
        const a = require(A)
        const b = require(B)
        const app = express()
        app.use(b({ name: 'b' }))
        app.use(function between(req, res, next) { next() })
        app.use(a({ name: 'a' }))
        const router = express.Router()
        router.use(b({ name: 'inner' }))
        router.get('/x', a.route('GetX'), function respond(req, res) { res.send('x') })
        app.use('/api', router)
        const fired = record()
        const bodies = await serve(app, ['/api/x', '/none'])
        console.log(JSON.stringify({ bodies, fired, addons: [a, b].map((copy) => copy.status().addon) }))
      })()
    `)
    const requests = byRequest(fired)
    for (const request of requests) assertPaired(request)
    const matched = requests.find(([start]) => start?.args[4] === '/api/x') as Firing[]
    assert.deepEqual(summary(matched), [
      'route-start getx',
      'handler-start getx between',
      'handler-done getx between',
      'handler-start getx respond',
      'handler-done getx respond',
      'route-done getx 200'
    ])
    assert.equal(requests.length, 2)
    assert.ok(fired.every(({ args }) => args[0] === 'b'))
    assert.equal(addons[0], addons[1])
  })

  it('name a route that opts in by itself (rule 5)', async () => {
    const { fired } = await runWithCopies<Served>(`
      void (async () => {
        const a = require(A)
        const b = require(B)
        const app = express()
        app.get('/a', a.route('FromA'), b.route('FromB'), function respond(req, res) { res.send('a') })
        app.get('/b', b.route('FromB'), function respond(req, res) { res.send('b') })
        const fired = record()
        console.log(JSON.stringify({ bodies: await serve(app, ['/a', '/b']), fired, addons: [] }))
      })()
    `)
    const requests = byRequest(fired)
    for (const request of requests) assertPaired(request)
    assert.deepEqual(
      requests.map((request) => summary(request)[0]),
      ['route-start froma', 'route-start fromb']
    )
  })

  it('share ids in two apps of one thread (rule 2)', async () => {
    const { fired } = await runWithCopies<Served>(`
      void (async () => {
        const fired = record()
        const bodies = (await Promise.all([A, B].map((copy, index) => {
          const app = express()
          app.use(require(copy)({ name: 'app ' + index }))
          app.get('/x', (req, res) => res.send('x'))
          return serve(app, Array(${REQUESTS}).fill('/x'))
        }))).flat()
        console.log(JSON.stringify({ bodies, fired, addons: [] }))
      })()
    `)
    const requests = byRequest(fired)
    assert.equal(requests.length, 2 * REQUESTS)
    for (const request of requests) assertPaired(request)
  })

  it('are one for import and for require', async () => {
    const same = await runWithCopies<boolean[]>(`
      void (async () => {
        const { default: imported, route, status } = await import(A + '/dist/index.mjs')
        const a = require(A)
        const b = require(B)
        console.log(JSON.stringify([
          imported === a, route === a.route, status().message === b.status().message, a !== b
        ]))
      })()
    `)
    assert.deepEqual(same, [true, true, true, true])
  })

  /** An app in a thread, with the copy that \`workerData\` names, that serves when it is told to. */
  const THREAD = `
    const { parentPort, workerData } = require('node:worker_threads')
    const express = require('express')
    const restifyProbes = require(workerData)
    const app = express()
    app.use(restifyProbes())
    app.get('/x', (req, res) => res.send('x'))
    const fired = record()
    parentPort.once('message', async () => {
      const bodies = await serve(app, Array(${REQUESTS}).fill('/x'))
      parentPort.postMessage({ bodies, fired, addons: [restifyProbes.status().addon] })
    })
    parentPort.postMessage('ready')
  `

  const THREADS = `
    const { Worker } = require('node:worker_threads')
    async function start(copy) {
      const worker = new Worker(LIBRARY + ${JSON.stringify(THREAD)}, { eval: true, workerData: copy })
      await once(worker, 'message')
      return {
        async serve() {
          worker.postMessage('serve')
          return (await once(worker, 'message'))[0]
        }
      }
    }
    function here(copy) {
      const restifyProbes = require(copy)
      const app = express()
      app.use(restifyProbes())
      app.get('/x', (req, res) => res.send('x'))
      return {
        async serve() {
          const fired = record()
          const bodies = await serve(app, Array(${REQUESTS}).fill('/x'))
          return { bodies, fired, addons: [restifyProbes.status().addon] }
        }
      }
    }
    async function serveAll(...threads) {
      console.log(JSON.stringify(await Promise.all(threads.map((thread) => thread.serve()))))
    }
  `

  function assertOneProvider(threads: Served[]): void {
    for (const { fired } of threads) {
      const requests = byRequest(fired)
      assert.equal(requests.length, REQUESTS)
      for (const request of requests) assertPaired(request)
    }
    const ids = threads.flatMap(({ fired }) => byRequest(fired).map(([start]) => idOf(start as Firing)))
    const addons = new Set(threads.flatMap(({ addons }) => addons))
    const twice = ids.length - new Set(ids).size
    assert.deepEqual({ twice, addons: addons.size }, { twice: 0, addons: 1 })
  }

  it('share provider and ids where one is only in a thread that the other started (rule 2)', async () => {
    assertOneProvider(
      await runWithCopies(`
        ${THREADS}
        void (async () => {
          const main = here(A)
          await serveAll(main, await start(B), await start(B))
        })()
      `)
    )
  })

  it('share provider and ids where each is in a thread of its own (rule 2)', async () => {
    assertOneProvider(
      await runWithCopies(`
        ${THREADS}
        void (async () => serveAll(await start(A), await start(B)))()
      `)
    )
  })

  it('share provider and ids where the thread was there first (rule 2)', async () => {
    assertOneProvider(
      await runWithCopies(`
        ${THREADS}
        void (async () => {
          const thread = await start(B)
          await serveAll(thread, here(A))
        })()
      `)
    )
  })
})
