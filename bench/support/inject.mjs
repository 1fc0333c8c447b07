import http from 'node:http'
import { Duplex } from 'node:stream'

/** The headers that a browser sends: about 500 bytes as JSON. */
export const USUAL_HEADERS = {
  host: 'www.example.com',
  connection: 'keep-alive',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'accept-language': 'en-GB,en;q=0.9,de;q=0.8',
  referer: 'https://www.example.com/hello',
  cookie: 'session=0123456789abcdef0123456789abcdef; theme=dark'
}

/**
 * Hands requests to an app without a network: Node's own request and response
 * objects, on a connection that swallows what is written to it.
 */
export class Connection {
  #app
  #socket = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => done(),
    writev: (_chunks, done) => done()
  })

  constructor(app) {
    this.#app = app
    this.#socket.setMaxListeners(0)
  }

  /** @param done - called when the response has finished; only then may the next request be sent */
  request(url, headers, done) {
    const socket = this.#socket
    const req = new http.IncomingMessage(socket)
    req.method = 'GET'
    req.url = url
    req.httpVersion = '1.1'
    req.httpVersionMajor = 1
    req.httpVersionMinor = 1
    req.headers = headers
    const res = new http.ServerResponse(req)
    res.shouldKeepAlive = true
    res.assignSocket(socket)
    res.on('finish', () => {
      res.detachSocket(socket)
      done(res.statusCode)
    })
    this.#app(req, res)
  }
}

/** The number of responses that finish before timers and I/O have their turn. */
const BURST = 100

/** Sends requests one after the other, as many as `more` wants. Rejects when one is not answered with 200. */
export function requests(connection, url, headers, more) {
  return new Promise((resolve, reject) => {
    let burst = BURST
    const next = (status) => {
      if (status !== 200) reject(new Error(`${url} was answered with ${status}`))
      else if (!more()) resolve()
      else if (--burst > 0) connection.request(url, headers, next)
      else {
        burst = BURST
        setImmediate(() => connection.request(url, headers, next))
      }
    }
    connection.request(url, headers, next)
  })
}

/** The number of requests that are sent between looks at the clock. */
const STRIDE = 16

/**
 * Sends requests for about that many milliseconds of CPU, over all connections at once.
 *
 * @returns microseconds of CPU a request
 */
export async function cpuPerRequest(connections, url, milliseconds, headers = USUAL_HEADERS) {
  const before = process.cpuUsage()
  const used = () => {
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  let sent = 0
  const more = () => {
    sent += connections.length
    return sent % STRIDE !== 0 || used() < milliseconds * 1000
  }
  if (connections.length === 1) await requests(connections[0], url, headers, more)
  else
    do await allAtOnce(connections, url, headers)
    while (more())
  return used() / sent
}

function allAtOnce(connections, url, headers) {
  return Promise.all(
    connections.map((connection) => new Promise((resolve) => connection.request(url, headers, resolve)))
  )
}
