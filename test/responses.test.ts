import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { Duplex } from 'node:stream'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Express, Response } from 'express'
import restifyProbes from 'restify-probes'
import { EXPRESS_MAJORS, load, titleOf } from './support/frameworks'
import { portOf, request, serving } from './support/http'
import { assertPaired } from './support/pairing'
import { byRequest, Recorder, summary } from './support/recorder'
import { tracedApp } from './support/traced-app'
import { linesOf } from './support/tracing-in-process'

for (const release of EXPRESS_MAJORS) {
  const app = (add: (app: Express) => void) => tracedApp(load(release), add)

  describe(`responses, on ${titleOf(release)}`, () => {
    it('that stream for long are done when all is sent (rule 9)', async () => {
      let written = 0
      const lines = await linesOf(
        app((app) => {
          app.get('/stream', function streams(_req, res) {
            const timer = setInterval(() => {
              res.write('part')
              if (++written === 5) {
                clearInterval(timer)
                res.end()
              }
            }, 5)
          })
        }),
        '/stream'
      )
      assert.equal(written, 5)
      assert.deepEqual(lines.slice(-2), ['handler-done getstream streams', 'route-done getstream 200'])
    })

    it('that the server destroys, or that time out, are 444 (rule 9)', async () => {
      const failing = app((app) => {
        app.get('/destroyed', function destroys(_req, res) {
          res.write('half')
          void setTimeout(5).then(() => res.destroy())
        })
        app.get('/late', function sleeps(_req, res) {
          res.setTimeout(10)
        })
      })
      await serving(failing, async (server) => {
        const recorder = new Recorder()
        await assert.rejects(request(server, '/destroyed'))
        await assert.rejects(request(server, '/late'))
        await recorder.requests(2)
        const lines = summary(recorder.stop())
        assert.ok(lines.includes('route-done getdestroyed 444'), lines.join('\n'))
        assert.ok(lines.includes('route-done getlate 444'), lines.join('\n'))
        for (const one of byRequest(recorder.firings)) assertPaired(one)
      })
    })

    it('that are ended, but whose connection closes before all is sent, are 444 (rule 9)', async () => {
      const big = Buffer.alloc(32 * 1024 * 1024)
      const failing = app((app) => {
        app.get('/left', function answers(_req, res) {
          res.end(big)
        })
        app.get('/late', function answers(_req, res) {
          res.setTimeout(20)
          res.end(big)
        })
        app.get('/destroyed', function answers(_req, res) {
          res.end(big)
          res.destroy()
        })
        app.get('/sent', function answers(_req, res, next) {
          res.end('all')
          // Express destroys the socket of a response that was sent.
          next(new Error('on purpose'))
        })
      })
      await serving(failing, async (server) => {
        const recorder = new Recorder()
        for (const [at, path] of ['/left', '/late', '/destroyed', '/sent'].entries()) {
          const client = net.connect(portOf(server), '127.0.0.1')
          client.on('error', () => {})
          client.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
          client.once('data', () => (path === '/left' ? client.destroy() : client.pause()))
          await recorder.requests(at + 1)
          client.destroy()
        }
        assert.deepEqual(
          summary(recorder.stop()).filter((line) => line.startsWith('route-done')),
          [
            'route-done getleft 444',
            'route-done getlate 444',
            'route-done getdestroyed 444',
            'route-done getsent 200'
          ]
        )
      })
    })

    it('that the client has had in full, by their length, are complete though they end later (rule 9)', async () => {
      const slow = app((app) => {
        app.get('/slow', function answers(_req, res) {
          res.set('Content-Length', '5')
          res.write('hello')
          void setTimeout(20).then(() => res.end())
        })
      })
      await serving(slow, async (server) => {
        const recorder = new Recorder()
        const client = net.connect(portOf(server), '127.0.0.1')
        client.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
        let received = ''
        for await (const data of client) {
          received += data
          if (received.endsWith('hello')) break
        }
        await recorder.requests(1)
        assert.equal(summary(recorder.stop()).at(-1), 'route-done getslow 200')
      })
    })

    it('that are taken off their socket are done when that closes (rule 1)', async () => {
      const taking = app((app) => {
        app.get('/detached', function detaches(req, res) {
          res.detachSocket(req.socket)
          req.socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
        })
        app.get('/deaf', function deafens(req, res) {
          res.removeAllListeners()
          req.socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
        })
      })
      await serving(taking, async (server) => {
        const recorder = new Recorder()
        for (const path of ['/detached', '/deaf']) assert.equal((await request(server, path)).status, 204)
        await recorder.requests(2)
        recorder.stop()
        for (const one of byRequest(recorder.firings)) assertPaired(one)
      })
    })

    it('on one connection, one after another and pipelined, are requests each', async () => {
      const answering = app((app) => {
        app.get('/:n', function answers(req, res) {
          void setTimeout(req.params.n === '1' ? 30 : 1).then(() => res.send(req.params.n))
        })
      })
      await serving(answering, async (server) => {
        const recorder = new Recorder()
        const client = net.connect(portOf(server), '127.0.0.1')
        let received = ''
        client.on('data', (data) => {
          received += data
        })
        client.write([1, 2, 3].map((n) => `GET /${n} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''))
        await recorder.requests(3)
        client.write('GET /4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        await once(client, 'close')
        await recorder.requests(4)
        recorder.stop()
        assert.deepEqual(
          [...received.matchAll(/\r\n\r\n(\d)/g)].map(([, body]) => body),
          ['1', '2', '3', '4']
        )
        const requests = byRequest(recorder.firings)
        assert.equal(requests.length, 4)
        for (const one of requests) {
          assertPaired(one)
          assert.equal(one.at(-1)?.args[3], 200)
        }
      })
    })

    it('that were pipelined behind one whose client goes away are done too (rules 1 and 9)', async () => {
      const hanging = app((app) => {
        app.get('/:n', function hangs() {})
      })
      await serving(hanging, async (server) => {
        const recorder = new Recorder()
        const client = net.connect(portOf(server), '127.0.0.1')
        client.write([1, 2, 3].map((n) => `GET /${n} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''))
        while (recorder.firings.filter(({ probe }) => probe === 'handler-start').length < 3)
          await setTimeout(2)
        client.destroy()
        await recorder.requests(3)
        recorder.stop()
        for (const one of byRequest(recorder.firings)) {
          assertPaired(one)
          assert.equal(one.at(-1)?.args[3], 444)
        }
      })
    })

    it('that are pipelined in great number share one listener on their socket, and leave none', async () => {
      const warnings: Error[] = []
      const warn = (warning: Error) => warnings.push(warning)
      process.on('warning', warn)
      const counts: number[] = []
      const answering = app((app) => {
        app.get('/:n', function answers(req, res) {
          counts.push(req.socket.listenerCount('close'))
          void setTimeout(1).then(() => res.send(req.params.n))
        })
      })
      await serving(answering, async (server) => {
        const recorder = new Recorder()
        const client = net.connect(portOf(server), '127.0.0.1')
        client.resume()
        client.write(Array.from({ length: 30 }, (_, n) => `GET /${n} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''))
        await recorder.requests(30)
        client.write('GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        await once(client, 'close')
        recorder.stop()
      })
      process.off('warning', warn)
      assert.deepEqual(warnings, [])
      assert.ok(Math.max(...counts) <= (counts[0] as number) + 1, String(counts))
    })

    it('to Expect: 100-continue, with their body, are as without us', async () => {
      const uploading = app((app) => {
        app.post('/up', function takes(req, res) {
          let size = 0
          req.on('data', (data) => {
            size += data.length
          })
          req.on('end', () => res.send(String(size)))
        })
      })
      const headers = { expect: '100-continue', 'content-length': 5 }
      await serving(uploading, async (server) => {
        const recorder = new Recorder()
        const client = http.request({
          port: portOf(server),
          path: '/up',
          method: 'POST',
          headers,
          agent: false
        })
        client.flushHeaders()
        await once(client, 'continue')
        client.end('12345')
        const [response] = (await once(client, 'response')) as [http.IncomingMessage]
        response.resume()
        await recorder.requests(1)
        assert.equal(summary(recorder.stop()).at(-1), 'route-done postup 200')
      })
    })

    it('leave upgrades alone', async () => {
      await serving(
        app(() => {}),
        async (server) => {
          server.on('upgrade', (_req, socket) => {
            socket.end(
              'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
            )
            socket.resume()
          })
          const recorder = new Recorder()
          const headers = { connection: 'Upgrade', upgrade: 'websocket' }
          const client = http.get({ port: portOf(server), path: '/ws', headers, agent: false })
          const [, socket] = (await once(client, 'upgrade')) as [unknown, net.Socket]
          socket.destroy()
          await setTimeout(20)
          assert.deepEqual(recorder.stop(), [])
        }
      )
    })

    it('have one listener on a connection while it is traced, and none after (200 requests)', async () => {
      const counting = app((app) => {
        app.get('/', (req, res) => {
          const { socket } = req
          res.json(Object.fromEntries(socket.eventNames().map((name) => [name, socket.listenerCount(name)])))
        })
      })
      await serving(counting, async (server) => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
        const counts = async (): Promise<Record<string, number>> => {
          const client = http.get({ port: portOf(server), agent })
          const [response] = (await once(client, 'response')) as [http.IncomingMessage]
          let body = ''
          for await (const data of response) body += data
          return JSON.parse(body)
        }
        await counts()
        const untraced = await counts()
        const recorder = new Recorder()
        for (let i = 1; i <= 200; i++)
          assert.deepEqual(await counts(), { ...untraced, close: (untraced.close as number) + 1 }, `in ${i}`)
        await recorder.requests(200)
        recorder.stop()
        await setTimeout(50)
        assert.deepEqual(await counts(), untraced)
        agent.destroy()
      })
    })

    it('leave no listener on what stands in for a connection', async () => {
      const sink = () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
      const answering = app((app) => app.get('/', (_req, res) => res.send('answer')))
      const recorder = new Recorder()
      let requests = 0
      for (const connection of [sink() as net.Socket, new net.Socket()]) {
        for (let i = 0; i < 3; i++) {
          const req = new http.IncomingMessage(connection)
          Object.assign(req, { method: 'GET', url: '/' })
          const res = new http.ServerResponse(req)
          res.assignSocket(sink() as net.Socket)
          answering(req, res)
          await once(res, 'finish')
          await recorder.requests(++requests)
          assert.equal(connection.listenerCount('close'), 0, `after ${requests}`)
        }
      }
      recorder.stop()
    })

    it('have one listener on a connection whose requests outlive several tracers', async () => {
      const held: Response[] = []
      const holding = app((app) => app.get('/', (_req, res) => void held.push(res)))
      await serving(holding, async (server) => {
        const client = net.connect(portOf(server), '127.0.0.1')
        client.resume()
        const counts: number[] = []
        for (let i = 0; i < 4; i++) {
          const recorder = new Recorder()
          client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
          while (held.length === i) await setTimeout(1)
          counts.push((held[0] as Response).req.socket.listenerCount('close'))
          recorder.stop()
          await setTimeout(50)
        }
        client.destroy()
        assert.deepEqual(new Set(counts), new Set([counts[0]]))
      })
    })
  })
}

describe('responses over HTTP/2', () => {
  it('are traced where the framework takes them: Connect', async () => {
    const connect = (await import('connect')).default
    const app = connect()
    app.use(restifyProbes({ app }))
    app.use('/hi', function hi(_req, res) {
      res.end('hi')
    })
    const server = http2.createServer(app as never)
    await new Promise<void>((resolve) => server.listen(0, resolve))
    const recorder = new Recorder()
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const streams = Array.from({ length: 5 }, () => client.request({ ':path': '/hi' }))
    await Promise.all(streams.map((stream) => once(stream.resume(), 'end')))
    await recorder.requests(5)
    recorder.stop()
    client.close()
    server.close()
    for (const one of byRequest(recorder.firings)) {
      assert.deepEqual(summary(one), [
        'route-start gethi',
        'handler-start gethi hi',
        'handler-done gethi hi',
        'route-done gethi 200'
      ])
    }
  })

  it('have the status and the end of their stream', async () => {
    const connect = (await import('connect')).default
    const app = connect()
    app.use(restifyProbes({ app }))
    app.use('/direct', function answers(_req, res) {
      const { stream } = res as unknown as http2.Http2ServerResponse
      stream.respond({ ':status': 201 })
      stream.end('made')
    })
    app.use('/left', function answers(_req, res) {
      res.write('half')
    })
    app.use('/broken', function answers(_req, res) {
      res.write('half')
      ;(res as unknown as http2.Http2ServerResponse).stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
    })
    const server = http2.createServer(app as never)
    await new Promise<void>((resolve) => server.listen(0, resolve))
    const recorder = new Recorder()
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    for (const [index, path] of ['/direct', '/left', '/broken'].entries()) {
      const stream = client.request({ ':path': path })
      stream.on('error', () => {})
      stream.once('data', () => path === '/left' && stream.close(http2.constants.NGHTTP2_CANCEL))
      stream.resume()
      await recorder.requests(index + 1)
    }
    client.close()
    server.close()
    assert.deepEqual(
      summary(recorder.stop()).filter((line) => line.startsWith('route-done')),
      ['route-done getdirect 201', 'route-done getleft 444', 'route-done getbroken 444']
    )
  })
})
