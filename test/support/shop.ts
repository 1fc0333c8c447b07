import { fork } from 'node:child_process'
import http from 'node:http'
import path from 'node:path'
import { AppProcess } from './app-process'

export const SHOP = path.join(__dirname, '..', 'fixtures', 'shop.js')
export const ROUTES = 10

/** test/fixtures/shop in a process of its own. */
export class Shop extends AppProcess {
  static async start({
    args = [] as string[],
    port = 0,
    execArgv = [] as string[],
    file = SHOP,
    ...user
  }: {
    args?: string[]
    port?: number
    execArgv?: string[]
    /** The file of the app, if it is to find another package. */
    file?: string
    uid?: number
    gid?: number
  } = {}): Promise<Shop> {
    const child = fork(file, args, {
      env: { ...process.env, PORT: String(port) },
      execArgv,
      ...user,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc']
    })
    // Each worker says so, if there are any.
    let output = ''
    for await (const text of child.stdout ?? []) {
      output += text
      const ports = [...output.matchAll(/listening: (\d+)\n/g)].map(([, listening]) => Number(listening))
      if (ports.length >= (Number(args[0]) || 1)) return new Shop(child, ports[0] as number)
    }
    throw new Error('the shop ended before it listened')
  }

  /** Milliseconds that it measured itself, by route. */
  measured(): Promise<Record<string, number[]>> {
    return this.askFor('measured')
  }

  /** Sends so many requests, to each route in turn, and waits until all have been answered. */
  async load(requests: number, connections = 20, query = ''): Promise<void> {
    await loadPort(this.port, requests, query, connections)
    // Of a cluster, each worker is asked.
    await this.measured()
  }
}

export function routeName(route: number): string {
  return `getr${route}id`
}

/** The same for a shop that somebody else started. */
export async function loadPort(port: number, requests: number, query = '', connections = 20): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  let next = 0
  const worker = async () => {
    while (next < requests) {
      const number = next++
      await get({ agent, host: '127.0.0.1', port, path: `/r${number % ROUTES}/${number}${query}` })
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  // A client has its answer before the server knows that it was sent.
  await get({ agent, host: '127.0.0.1', port, path: '/idle' })
  agent.destroy()
}

function get(options: http.RequestOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = http.get(options, (res) => {
      res.resume()
      res.on('end', resolve)
      res.on('error', reject)
    })
    req.on('error', reject)
  })
}
