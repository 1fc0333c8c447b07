import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import path from 'node:path'

export const SHOP = path.join(__dirname, '..', 'fixtures', 'shop.js')
export const ROUTES = 10

/** test/fixtures/shop in a process of its own. */
export class Shop {
  readonly port: number
  readonly #process: ChildProcess

  private constructor(process: ChildProcess, port: number) {
    this.#process = process
    this.port = port
  }

  static async start({ args = [] as string[], port = 0, execArgv = [] as string[] } = {}): Promise<Shop> {
    const child = fork(SHOP, args, {
      env: { ...process.env, PORT: String(port) },
      execArgv,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc']
    })
    for await (const text of child.stdout ?? []) {
      const listening = /listening: (\d+)/.exec(String(text))?.[1]
      if (listening !== undefined) return new Shop(child, Number(listening))
    }
    throw new Error('the shop ended before it listened')
  }

  get pid(): number {
    return this.#process.pid as number
  }

  /** Milliseconds that it measured itself, by route. */
  async measured(): Promise<Record<string, number[]>> {
    this.#process.send('measured')
    return (await once(this.#process, 'message'))[0]
  }

  /**
   * Sends so many requests, to each route in turn. Resolves when the shop, too, has
   * done with them: a client has its answer before the server knows that it was sent.
   */
  async load(requests: number, connections = 20, query = ''): Promise<void> {
    await load(this.port, requests, connections, query)
    await this.measured()
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill(signal)
    await exited
  }
}

export function routeName(route: number): string {
  return `getr${route}id`
}

async function load(port: number, requests: number, connections: number, query: string): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  let next = 0
  const worker = async () => {
    while (next < requests) {
      const number = next++
      await get({ agent, host: '127.0.0.1', port, path: `/r${number % ROUTES}/${number}${query}` })
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
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
