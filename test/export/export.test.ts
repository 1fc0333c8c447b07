import assert from 'node:assert/strict'
import http from 'node:http'
import net from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Attached } from '../support/attached'
import { run } from '../support/cli'
import { missing, skipFor } from '../support/compulsory'
import { Exporting, samplesIn } from '../support/exporting'
import { freePort, request, serving } from '../support/http'
import { greeting, offerSocket } from '../support/impostor-socket'
import { assertMetrics } from '../support/promtool'
import { loadPort, Shop } from '../support/shop'

const linux = { skip: process.platform !== 'linux' && 'processes are found by pid on Linux' }
const REQUESTS = 'http_server_request_duration_seconds_count'
const HANDLERS = 'restify_handler_duration_seconds_count'
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

/** A word in the command lines of the apps of one test, which is no one else's. */
let words = 0
function word(): string {
  return `export-${process.pid}-${words++}`
}

/** The answer to these very bytes, on a connection of their own. */
async function answered(port: number, bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8')
  socket.end(bytes)
  let text = ''
  for await (const part of socket) text += part
  return text
}

describe('export', linux, () => {
  it('counts every request by route and status, of every process, and tells which process that is', async () => {
    const mark = word()
    const app = await Attached.start({ nodeOptions: [`--conditions=${mark}`], cwd: '/', ...NOBODY })
    const exporting = await Exporting.start(['--name', mark])
    await exporting.reached(1, 'restify_process_answers')
    try {
      for (let i = 0; i < 7; i++) await app.get('/wait/1')
      for (let i = 0; i < 3; i++) await app.get('/fail')
      await app.get('/nosuch')
      await exporting.reached(11, REQUESTS)
      const counts = (await exporting.samples())
        .filter(({ name }) => name === REQUESTS)
        .map(({ labels, value }) => [
          labels.http_request_method,
          labels.http_route,
          labels.http_response_status_code,
          value
        ])
      assert.deepEqual(counts, [
        ['GET', '/wait/:ms', '200', 7],
        ['GET', '/fail', '500', 3],
        ['GET', undefined, '404', 1]
      ])
      for (const { labels } of (await exporting.samples()).filter(({ name }) => name === REQUESTS)) {
        assert.equal(labels.pid, String(app.pid))
        assert.match(labels.command as string, /^node --conditions=export-\d+-\d+ .*attached\.js$/)
        if ('uid' in NOBODY) assert.equal(labels.user, 'nobody')
      }
      assert.equal(await exporting.sum('restify_export_processes'), 1)
      assert.equal(await exporting.sum('restify_process_answers'), 1)
    } finally {
      await exporting.stop()
      await app.stop()
    }
  })

  it('follows processes that come, go, and are started again, and loses no request of one that exits', async () => {
    const mark = word()
    const exporting = await Exporting.start(['--name', mark])
    try {
      assert.equal(await exporting.sum('restify_export_processes'), 0)
      let sent = 0
      const pids = new Set<string>()
      for (const restarts of [0, 1, 2]) {
        const app = await Attached.start({ nodeOptions: [`--conditions=${mark}`] })
        pids.add(String(app.pid))
        await exporting.reached(1, 'restify_process_answers', { pid: String(app.pid) })
        for (let i = 0; i <= restarts; i++) await app.get('/wait/1')
        await app.get('/exit')
        await app.exited()
        sent += restarts + 2
      }
      await exporting.reached(0, 'restify_export_processes')
      // They are gone, and their last figures are given to whoever comes within a minute.
      assert.equal(await exporting.sum(REQUESTS), sent)
      const given = (await exporting.samples()).filter(({ name }) => name === REQUESTS)
      assert.deepEqual(new Set(given.map(({ labels }) => labels.pid)), pids)
      assert.equal(await exporting.sum('restify_process_answers'), 0)
    } finally {
      await exporting.stop()
    }
  })

  it('gives figures of handlers when they are wanted, and only then', async () => {
    const mark = word()
    const app = await Attached.start({ nodeOptions: [`--conditions=${mark}`] })
    const exporting = await Exporting.start(['-p', String(app.pid)])
    const switched = async (method: string, query = '') => {
      const { status, body } = await exporting.get(`/handlers${query}`, { method })
      assert.equal(status, 200, body)
      // The process learns of it on its own event loop.
      await setTimeout(100)
      return JSON.parse(body) as { handlers: boolean; until: string | null }
    }
    try {
      await exporting.reached(1, 'restify_process_answers')
      await app.get('/wait/1')
      await exporting.reached(1, REQUESTS)
      assert.equal(await exporting.sum(HANDLERS), 0)
      assert.equal(await exporting.sum('restify_export_handlers'), 0)
      assert.deepEqual(await switched('POST'), { handlers: true, until: null })
      assert.equal(await exporting.sum('restify_export_handlers'), 1)
      for (let i = 0; i < 5; i++) await app.get('/wait/1')
      await exporting.reached(5, HANDLERS, { handler: 'wait', http_route: '/wait/:ms', pid: String(app.pid) })
      assert.deepEqual(await switched('DELETE'), { handlers: false, until: null })
      await app.get('/wait/1')
      await exporting.reached(7, REQUESTS)
      assert.equal(await exporting.sum(HANDLERS), 0)
      const { until } = await switched('POST', '?for=2s')
      assert.ok(Math.abs(Date.parse(until as string) - Date.now() - 2000) < 1000, until as string)
      await app.get('/wait/1')
      await exporting.reached(1, HANDLERS)
      await exporting.reached(0, HANDLERS)
      assert.deepEqual(JSON.parse((await exporting.get('/handlers')).body), { handlers: false, until: null })
    } finally {
      await exporting.stop()
      await app.stop()
    }
  })

  it('has them from the start with --handlers, and for a time with --handlers-for', async () => {
    const app = await Attached.start()
    for (const [args, until] of [
      [['--handlers'], null],
      [['--handlers-for', '1h'], 'in an hour']
    ] as const) {
      const exporting = await Exporting.start(['-p', String(app.pid), ...args])
      await exporting.reached(1, 'restify_process_answers')
      await app.get('/wait/1')
      await exporting.reached(1, HANDLERS, { handler: 'wait' })
      const told = JSON.parse((await exporting.get('/handlers')).body) as { until: string | null }
      assert.equal(told.until === null, until === null)
      await exporting.stop()
    }
    await app.stop()
  })

  it('answers at once, however long a process does not', async () => {
    const app = await Attached.start()
    const exporting = await Exporting.start(['-p', String(app.pid)])
    try {
      await exporting.reached(1, 'restify_process_answers')
      await app.get('/wait/1')
      await exporting.reached(1, REQUESTS)
      app.kill('SIGSTOP')
      await exporting.reached(0, 'restify_process_answers')
      const began = performance.now()
      assert.equal(await exporting.sum(REQUESTS), 1)
      assert.ok(performance.now() - began < 500)
      app.kill('SIGCONT')
      await exporting.reached(1, 'restify_process_answers')
      await app.get('/wait/1')
      await exporting.reached(2, REQUESTS)
    } finally {
      app.kill('SIGCONT')
      await exporting.stop()
      await app.stop()
    }
  })

  it('counts worker processes and threads of one app together or apart, as they are', async () => {
    const cluster = await Shop.start({ args: ['2'] })
    const thread = await Shop.start({ args: ['thread'] })
    const exporting = await Exporting.start(['-p', `${cluster.pid},${thread.pid}`])
    try {
      await exporting.reached(3, 'restify_process_answers')
      await cluster.load(200)
      await loadPort(thread.port, 100)
      await exporting.reached(300, REQUESTS)
      assert.equal(await exporting.sum(REQUESTS, { pid: String(thread.pid) }), 100)
      assert.equal(await exporting.sum(REQUESTS, { pid: String(cluster.pid) }), 0)
    } finally {
      await exporting.stop()
      await cluster.stop()
      await thread.stop()
    }
  })
})

describe('the pages of export', linux, () => {
  let app: Attached
  let exporting: Exporting
  before(async () => {
    app = await Attached.start()
    exporting = await Exporting.start(['-p', String(app.pid)])
    await exporting.reached(1, 'restify_process_answers')
    await app.get('/wait/1')
    await exporting.reached(1, REQUESTS)
  })
  after(async () => {
    await exporting.stop()
    await app.stop()
  })

  it('are what a scraper asks for, compressed if it takes that', async () => {
    const text = await exporting.get('/metrics')
    assert.equal(text.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    const open = await exporting.get('/metrics', { headers: { accept: 'application/openmetrics-text' } })
    assert.match(open.headers['content-type'] as string, /^application\/openmetrics-text/)
    assert.match(open.body, /# EOF\n$/)
    const zipped = await exporting.get('/metrics', { headers: { 'accept-encoding': 'br, gzip' } })
    assert.equal(zipped.headers['content-encoding'], 'gzip')
    assert.ok(Number(zipped.headers['content-length']) < text.body.length / 3)
    for (const encoding of ['identity', 'gzip;q=0', 'xgzip'])
      assert.equal(
        (await exporting.get('/metrics', { headers: { 'accept-encoding': encoding } })).headers[
          'content-encoding'
        ],
        undefined,
        encoding
      )
    const head = await exporting.get('/metrics', { method: 'HEAD' })
    assert.equal(head.status, 200)
    assert.equal(head.body, '')
    assert.ok(Number(head.headers['content-length']) > 1000)
  })

  it('pass promtool', skipFor(missing(['promtool'])), async () => {
    assertMetrics((await exporting.get('/metrics')).body)
  })

  it('are few, and take few methods', async () => {
    assert.equal((await exporting.get('/healthz')).body, 'ok\n')
    assert.match((await exporting.get('/')).body, /GET \/metrics/)
    for (const path of ['/nosuch', '/metrics/', '/__proto__', '/constructor', '//metrics', '*'])
      assert.equal((await exporting.get(path)).status, 404, path)
    for (const [path, method, allow] of [
      ['/metrics', 'POST', 'GET, HEAD'],
      ['/', 'DELETE', 'GET, HEAD'],
      ['/handlers', 'PUT', 'GET, HEAD, POST, DELETE']
    ] as const) {
      const { status, headers } = await exporting.get(path, { method, body: 'x'.repeat(100_000) })
      assert.equal(status, 405, path)
      assert.equal(headers.allow, allow)
    }
    for (const time of ['', '0s', 'soon', '10', '-1m', '25d', '1e3s'])
      assert.equal((await exporting.get(`/handlers?for=${time}`, { method: 'POST' })).status, 400, time)
  })

  it('switch nothing for a page in a browser, or through a proxy', async () => {
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { host: `evil.example:${exporting.port}` },
      { host: '127.evil.example' },
      { 'x-forwarded-for': '10.0.0.1' },
      { 'x-forwarded-proto': 'https' },
      { 'x-real-ip': '10.0.0.1' },
      { via: '1.1 proxy' },
      { forwarded: 'for=10.0.0.1' }
    ]) {
      for (const method of ['POST', 'DELETE']) {
        const { status } = await exporting.get('/handlers', { method, headers })
        assert.equal(status, 403, JSON.stringify(headers))
      }
    }
    // As a proxy asks that adds no header.
    for (const host of ['127.0.0.1', 'localhost'])
      assert.match(
        await answered(exporting.port, `POST /handlers HTTP/1.0\r\nHost: ${host}\r\n\r\n`),
        / 403 /
      )
    assert.equal(JSON.parse((await exporting.get('/handlers')).body).handlers, false)
    for (const host of ['localhost', '127.0.0.1:1', '[::1]:80'])
      assert.equal(
        (await exporting.get('/handlers', { method: 'DELETE', headers: { host } })).status,
        200,
        host
      )
  })

  it('tell nothing to a page in a browser whose name resolves to this machine', async () => {
    for (const path of ['/metrics', '/', '/handlers']) {
      const { status, body } = await exporting.get(path, {
        headers: { host: `evil.example:${exporting.port}` }
      })
      assert.equal(status, 403)
      assert.match(body, /^On the loopback interface, export is asked by its address/)
    }
    for (const host of ['localhost:1', 'LOCALHOST', '127.0.0.1', '[::1]:9469', '10.0.0.1:9469', hostname()])
      assert.equal((await exporting.get('/metrics', { headers: { host } })).status, 200, host)
    assert.match(await answered(exporting.port, 'GET /metrics HTTP/1.0\r\n\r\n'), / 200 /)
  })

  it('are had by a scraper, however many clients hold on to connections and answers', async () => {
    const held = new Set<net.Socket>()
    let over = false
    const grab = (text: string) => {
      if (over) return
      const socket = net.connect(exporting.port, '127.0.0.1').pause()
      // Whoever loses a place takes another.
      socket.on('error', () => {}).on('close', () => void setTimeout(10).then(() => grab(text)))
      if (text !== '') socket.write(text)
      held.add(socket)
    }
    for (let i = 0; i < 1200; i++) grab('')
    for (let i = 0; i < 100; i++) grab('GET /metrics HTTP/1.1\r\nHost: localhost\r\n')
    for (let i = 0; i < 100; i++) grab('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await setTimeout(500)
    const scrapes = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        await setTimeout(i * 100)
        return exporting.get('/metrics').then(
          ({ status }) => status,
          (error) => error.code
        )
      })
    )
    over = true
    for (const socket of held) socket.destroy()
    assert.deepEqual(
      scrapes.filter((status) => status !== 200),
      []
    )
  })

  it('switch nothing from another address, at which they can be read', async (t) => {
    const address = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')?.address
    if (address === undefined) return t.skip('this machine has no address but its own')
    const open = await Exporting.start(['-p', String(app.pid), '--listen', '0.0.0.0:0'])
    const ask = (method: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        // The request comes from the address itself, as another machine's would.
        http
          .request(
            { host: address, localAddress: address, port: open.port, path: '/handlers', method },
            (res) => {
              res.resume()
              resolve(res.statusCode)
            }
          )
          .on('error', reject)
          .end()
      })
    assert.equal(await ask('GET'), 200)
    assert.equal(await ask('POST'), 403)
    await open.stop()
  })

  it('say that a port is in use', async () => {
    await serving(
      (_req, res) => res.end(),
      async (server) => {
        const { port } = server.address() as { port: number }
        const { code, stderr } = await run(['export', '--listen', String(port)])
        assert.equal(code, 1)
        assert.match(stderr, new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use\n.*--listen PORT`))
      }
    )
    const { code, stderr } = await run(['export', '--listen', `192.0.2.1:${await freePort()}`])
    assert.equal(code, 1)
    assert.match(stderr, /this machine has no address 192\.0\.2\.1/)
  })
})

describe('a hostile process', linux, () => {
  it('can put nothing but its own labels into what is given', async () => {
    const name = 'x"} 1\nrestify_export_processes 99\n\\'
    const figures = {
      routes: [
        [0, name, 'GET', `/${name}`],
        [1, 'long', 'GET', `/${'y'.repeat(7000)}`],
        [2, 'half', '\ud800', '/half\udc00']
      ],
      handlers: [],
      requests: [0, 1, 2].map((route) => [route, 200, 1, 1000, 1000, 1000, 0, [9, 1]]),
      runs: []
    }
    const takeAway = await offerSocket(`${greeting(1)}{"listening":true}\n${JSON.stringify({ figures })}\n`)
    const exporting = await Exporting.start(['-p', String(process.pid)])
    try {
      await exporting.reached(3, REQUESTS)
      const samples = samplesIn((await exporting.get('/metrics')).body)
      assert.deepEqual(
        samples.filter((sample) => sample.name === 'restify_export_processes').map(({ value }) => value),
        [1]
      )
      const routes = samples
        .filter((sample) => sample.name === REQUESTS)
        .map(({ labels }) => labels.http_route ?? '')
      assert.equal(routes[0], `/${name}`)
      assert.equal(routes[1]?.length, 256)
      assert.equal(routes[2], '/half\ufffd')
      // A scraper of UTF-8 reads it, and an exporter of protobuf can write it.
      const type =
        'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'
      assert.equal((await request(exporting.port, '/metrics', { headers: { accept: type } })).status, 200)
    } finally {
      await exporting.stop()
      takeAway()
    }
  })

  it('has no more series than there is room for, and the rest is counted together, and said', async () => {
    const routes = Array.from({ length: 3000 }, (_, route) => [route, `r${route}`, 'GET', `/r${route}`])
    const handlers = Array.from({ length: 20_000 }, (_, handler) => [
      handler,
      handler % 400,
      `h${handler}`,
      1,
      ''
    ])
    const figures = {
      routes,
      handlers,
      requests: routes.map(([route]) => [route, 200, 1, 1000, 1000, 1000, 0, [9, 1]]),
      runs: handlers.map(([handler]) => [handler, 1, 1000, 1000, 1000, 0, [9, 1]])
    }
    const takeAway = await offerSocket(`${greeting(1)}{"listening":true}\n${JSON.stringify({ figures })}\n`)
    const exporting = await Exporting.start(['-p', String(process.pid), '--handlers'])
    try {
      await exporting.reached(3000, REQUESTS)
      const samples = await exporting.samples()
      const values = (name: string, bound?: string) =>
        samples.filter((each) => each.name === name && each.labels.bound === bound).map(({ value }) => value)
      assert.equal(values(REQUESTS).length, 501)
      assert.ok(values(HANDLERS).length <= 5000 + 500)
      assert.equal(
        values(HANDLERS).reduce((sum, value) => sum + value),
        20_000
      )
      assert.deepEqual(values('restify_metrics_overflow_total', 'routes'), [2500])
      assert.deepEqual(values('restify_metrics_overflow_total', 'handlers'), [15_000])
    } finally {
      await exporting.stop()
      takeAway()
    }
  })

  it('that sends what can not be is told of once, and disturbs no other', async () => {
    const takeAway = await offerSocket(`${greeting(1)}{"figures":3}\n`)
    const app = await Attached.start()
    const exporting = await Exporting.start(['-p', `${process.pid},${app.pid}`])
    try {
      await exporting.command.printed(/sends what this command does not understand/)
      await exporting.reached(1, 'restify_process_answers', { pid: String(app.pid) })
      await app.get('/wait/1')
      await exporting.reached(1, REQUESTS, { pid: String(app.pid) })
      // The process is tried again two seconds later.
      await setTimeout(3500)
      assert.equal(exporting.command.stderr.match(/does not understand/g)?.length, 1)
    } finally {
      await exporting.stop()
      await app.stop()
      takeAway()
    }
  })
})
