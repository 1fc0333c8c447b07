import http from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
}

/** A server on a free port, for as long as `use` takes. */
export async function serving<T>(
  listener: http.RequestListener,
  use: (server: http.Server) => Promise<T>
): Promise<T> {
  const server = http.createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(server)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

export function portOf(server: http.Server): number {
  return (server.address() as AddressInfo).port
}

/** One request on a connection of its own. */
export function request(
  target: http.Server | number,
  path: string,
  {
    method = 'GET',
    headers = {},
    body = ''
  }: { method?: string; headers?: http.OutgoingHttpHeaders; body?: string } = {}
): Promise<Answer> {
  const port = typeof target === 'number' ? target : portOf(target)
  return new Promise((resolve, reject) => {
    const req = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (res) => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', (data) => {
        text += data
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: text }))
      res.on('error', reject)
    })
    req.on('error', reject)
    req.end(body)
  })
}

/** A port for a server in another process that has to be told its port. */
export async function freePort(): Promise<number> {
  const server = http.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
