import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** The app's ports on the loopback. */
export interface Ports {
  http: number
  http2: number
}

const PATHS = [
  ...[
    '/users/1?token=secret',
    '/users/2',
    '/later',
    '/stream',
    '/throws',
    '/rejects',
    '/twice',
    '/cut',
    '/nowhere'
  ],
  '/'
]

/** Longest that anything here waits for an answer, in milliseconds: there are routes that never answer. */
const PATIENCE = 300
/** The pause between two of each kind, in milliseconds: other programs want to run too. */
const PAUSE = 5

/** The ways in which clients abuse the app, and the number that do so at a time. */
const ABUSES: [clients: number, (ports: Ports) => Promise<void>][] = [
  [10, flood],
  [2, pipelining],
  [2, halfClosed],
  [2, reset],
  [1, upgrade],
  [2, overHttp2],
  [2, abortedUpload],
  [10, slowly],
  [1, garbage]
]

/** Abuses the app for so long, and leaves no connection. */
export async function abuse(ports: Ports, milliseconds: number): Promise<void> {
  const until = Date.now() + milliseconds
  const clients = ABUSES.flatMap(([count, once]) =>
    Array.from({ length: count }, async () => {
      while (Date.now() < until) {
        await once(ports)
        await setTimeout(PAUSE)
      }
    })
  )
  await Promise.all(clients)
}

function anyPath(): string {
  return PATHS[Math.floor(Math.random() * PATHS.length)] as string
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: soak\r\nAuthorization: Bearer secret\r\n\r\n`
}

/** Twenty requests, one after another on one connection, as fast as they are answered. */
async function flood({ http: port }: Ports): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  for (let sent = 0; sent < 20; sent++)
    await new Promise<void>((resolve) => {
      const req = http.get({ agent, host: '127.0.0.1', port, path: anyPath(), timeout: PATIENCE }, (res) => {
        res.resume()
        res.on('close', resolve)
      })
      req.on('timeout', () => req.destroy())
      req.on('error', () => resolve())
    })
  agent.destroy()
}

/** A connection, for what is done with it, until the app closes it or patience ends. */
async function connection(port: number, use: (socket: net.Socket) => void | Promise<void>): Promise<void> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  socket.resume()
  await use(socket)
  await Promise.race([closed, setTimeout(PATIENCE)])
  socket.destroy()
  await closed
}

function pipelining({ http: port }: Ports): Promise<void> {
  return connection(port, (socket) => {
    socket.write(Array.from({ length: 10 }, () => get(anyPath())).join(''))
  })
}

function halfClosed({ http: port }: Ports): Promise<void> {
  return connection(port, (socket) => {
    socket.end(get(anyPath()))
  })
}

function reset({ http: port }: Ports): Promise<void> {
  return connection(port, async (socket) => {
    socket.write(get(Math.random() < 0.3 ? '/never' : anyPath()))
    await setTimeout(Math.random() * 10)
    socket.resetAndDestroy()
  })
}

function upgrade({ http: port }: Ports): Promise<void> {
  return connection(port, async (socket) => {
    if (Math.random() < 0.3) socket.write('CONNECT other:80 HTTP/1.1\r\nHost: other\r\n\r\n')
    else
      socket.write(
        get('/users/1').replace('\r\n\r\n', '\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello')
      )
    await setTimeout(20)
    if (Math.random() < 0.5) socket.resetAndDestroy()
    else socket.end()
  })
}

async function overHttp2({ http2: port }: Ports): Promise<void> {
  const session = http2.connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  const streams = Array.from({ length: 10 }, () => {
    const path = ['/', '/later', '/never'][Math.floor(Math.random() * 3)] as string
    const stream = session.request({ ':path': path, ':method': Math.random() < 0.3 ? 'POST' : 'GET' })
    stream.on('error', () => {})
    stream.resume()
    stream.write('x')
    const closed = new Promise((resolve) => stream.on('close', resolve))
    if (path === '/never' || Math.random() < 0.3)
      void setTimeout(Math.random() * 10).then(() => stream.close(http2.constants.NGHTTP2_CANCEL))
    else stream.end()
    return closed
  })
  await Promise.race([Promise.all(streams), setTimeout(PATIENCE)])
  session.destroy()
}

function abortedUpload({ http: port }: Ports): Promise<void> {
  return connection(port, async (socket) => {
    socket.write('POST /upload HTTP/1.1\r\nHost: soak\r\nContent-Length: 1000000\r\n\r\n')
    socket.write(Buffer.alloc(64 * 1024))
    await setTimeout(Math.random() * 10)
    if (Math.random() < 0.5) socket.resetAndDestroy()
    else socket.destroy()
  })
}

/** A header byte by byte: some of them end it, others leave. */
function slowly({ http: port }: Ports): Promise<void> {
  return connection(port, async (socket) => {
    const text = Math.random() < 0.5 ? get('/later') : get('/later').trimEnd()
    for (const byte of text) {
      socket.write(byte)
      await setTimeout(20)
    }
  })
}

function garbage({ http: port }: Ports): Promise<void> {
  return connection(port, (socket) => {
    socket.write(
      Math.random() < 0.5
        ? Buffer.from(Array.from({ length: 200 }, () => Math.floor(Math.random() * 256)))
        : 'POST /upload HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'
    )
  })
}
