// The app that is soaked: Express on HTTP/1, Connect on HTTP/2. It tells its ports, then samples of itself when asked.
import { readdirSync, readlinkSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import connect from 'connect'
import express, { type NextFunction, type Request, type Response } from 'express'
import restifyProbes from 'restify-probes'
import { Pairs } from './pairs'
import type { Sample } from './sample'
import { StuckSessions } from './stuck-sessions'

const MAX_TOLD = 20
/** A time that is longer than the clients' patience, in milliseconds. */
const IDLE = 2000
const CHUNK = Buffer.alloc(20_000, 'x')

/** The number of times that each came. */
const uncaught = new Map<string, number>()
const pairs = new Pairs()
const connections = new Set<Socket>()
let requests = 0

function tell(error: unknown): void {
  const text = error instanceof Error ? `${error.stack}` : String(error)
  const count = uncaught.get(text) ?? 0
  if (count > 0 || uncaught.size < MAX_TOLD) uncaught.set(text, count + 1)
}

process.on('uncaughtException', tell)
process.on('unhandledRejection', tell)
process.on('warning', tell)

function withExpress() {
  const app = express()
  app.use(restifyProbes({ name: 'soak', redact: ['authorization', '?token'] }))
  app.use(function count(_req, _res, next) {
    requests++
    next()
  })
  const users = express.Router()
  users.use((_req, _res, next) => void setImmediate(next))
  users.get('/:id', function showUser(req, res) {
    res.json({ id: req.params.id })
  })
  app.use('/users', users)
  app.get('/later', async function later(_req, res) {
    await setTimeout(5)
    res.end('later')
  })
  app.get('/stream', async function stream(_req, res) {
    for (let part = 0; part < 5 && !res.destroyed; part++) {
      res.write(CHUNK)
      await setTimeout(1)
    }
    res.end()
  })
  app.post('/upload', function upload(req, res) {
    let bytes = 0
    req.on('data', (data: Buffer) => {
      bytes += data.length
    })
    req.on('end', () => res.end(String(bytes)))
  })
  app.get('/throws', function throws() {
    throw new Error('on purpose')
  })
  app.get('/rejects', async function rejects() {
    await setTimeout(1)
    throw new Error('on purpose')
  })
  app.get('/never', function never() {})
  app.get('/twice', function twice(_req, res, next) {
    res.end('twice')
    next()
  })
  app.get('/cut', function cut(req, res) {
    res.writeHead(200, { 'content-length': 100_000 })
    res.write(CHUNK)
    setImmediate(() => req.socket.destroy())
  })
  app.use(function fail(_error: Error, _req: Request, res: Response, next: NextFunction) {
    if (res.headersSent) next()
    else res.status(500).end('failed')
  })
  return app
}

function withConnect() {
  const app = connect()
  app.use(restifyProbes({ app, name: 'soak-2' }))
  app.use(function count(_req, _res, next) {
    requests++
    next()
  })
  app.use('/later', function later(_req, res) {
    void setTimeout(5).then(() => res.end('later'))
  })
  app.use('/never', function never() {})
  app.use(function respond(req, res) {
    req.resume()
    res.write(CHUNK)
    res.end()
  })
  return app
}

function sample(): Sample {
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return {
    requests,
    rssBytes: rss,
    heapBytes: heapUsed,
    descriptors: descriptors(),
    listeners: [process, server, server2].map(listenersOf).reduce((sum, count) => sum + count),
    listenersOnConnection: Math.max(0, ...[...connections].map(listenersOf)),
    uncaught: [...uncaught].map(([text, count]) => `${count} times ${text}`),
    unpaired: pairs.violations,
    paired: pairs.whole,
    stuckSessions: stuck.ended,
    enabled: [...restifyProbes.status().enabled]
  }
}

/** The kind of each open descriptor, without the one that reads the folder. */
function descriptors(): string[] {
  return readdirSync('/proc/self/fd')
    .flatMap((descriptor) => {
      try {
        return [readlinkSync(`/proc/self/fd/${descriptor}`).replace(/\d+/g, 'N')]
      } catch {
        return []
      }
    })
    .sort()
}

function listenersOf(emitter: NodeJS.EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
}

const server = http.createServer(withExpress())
server.timeout = IDLE
server.on('connection', (socket) => {
  connections.add(socket)
  socket.setTimeout(IDLE)
  socket.on('timeout', () => socket.destroy())
  socket.on('close', () => connections.delete(socket))
})
server.on('upgrade', (_req, socket: Socket) => {
  socket.on('error', () => socket.destroy())
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n')
  socket.pipe(socket)
})
server.on('connect', (_req, socket) => {
  socket.on('error', () => socket.destroy())
  socket.resume()
  socket.end('HTTP/1.1 405 Method Not Allowed\r\n\r\n')
})
const server2 = http2.createServer(withConnect() as never)
// Sessions and streams that clients cut are no errors of the app.
server2.on('sessionError', () => {})
const stuck = new StuckSessions(server2)

process.on('message', (message: 'sample' | 'listen' | 'leave' | 'rest') => {
  if (message === 'listen') pairs.start()
  else if (message === 'leave') pairs.stop()
  else if (message === 'rest') stuck.end()
  else process.send?.(sample())
})
process.on('disconnect', () => process.exit())

server.listen(0, '127.0.0.1', () => {
  server2.listen(0, '127.0.0.1', () => {
    process.send?.({
      http: (server.address() as AddressInfo).port,
      http2: (server2.address() as AddressInfo).port
    })
  })
})
