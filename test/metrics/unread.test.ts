import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { describe, it } from 'node:test'
import { AppProcess } from '../support/app-process'
import { freePort } from '../support/http'

const FILE = path.join(__dirname, 'fixtures', 'unread-app.js')

/**
 * The bytes that mean nothing: garbage that a collection leaves, and code that V8 compiles late. 6,000
 * requests of 100 bytes each would be seen.
 */
const NOTHING = 500_000

class UnreadApp extends AppProcess {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 20 })

  static async start(url: string): Promise<UnreadApp> {
    const port = await freePort()
    const child = fork(FILE, [String(port), url], { execArgv: ['--expose-gc'] })
    await once(child, 'message')
    return new UnreadApp(child, port)
  }

  /** Requests for as many things, and as many that are not there. */
  async serve(from: number, to: number): Promise<void> {
    const ask = (path: string) =>
      new Promise<void>((resolve, reject) => {
        http
          .get({ host: '127.0.0.1', port: this.port, path, agent: this.#agent }, (res) =>
            res.resume().on('end', resolve)
          )
          .on('error', reject)
      })
    for (let i = from; i < to; i += 20) {
      await Promise.all(
        Array.from({ length: 20 }, (_, j) => ask(j % 2 === 0 ? `/items/${i + j}` : `/nothing/${i + j}`))
      )
    }
  }

  /** The memory in bytes, after a collection. */
  memory(): Promise<number> {
    return this.askFor('memory')
  }

  override async stop(): Promise<void> {
    this.#agent.destroy()
    await super.stop()
  }
}

describe('metrics that nobody takes', () => {
  for (const [title, answers] of [
    ['since Prometheus and the receiver of OTLP are down', false],
    ['since the receiver of OTLP never answers', true]
  ] as const) {
    it(`do not grow, nor disturb the app: ${title}`, async () => {
      const silent = net.createServer(() => {}).listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const { port } = silent.address() as net.AddressInfo
      if (!answers) silent.close()
      const app = await UnreadApp.start(`http://127.0.0.1:${port}/v1/metrics`)
      try {
        await app.serve(0, 4000)
        const before = await app.memory()
        await app.serve(4000, 10_000)
        const grown = (await app.memory()) - before
        assert.ok(grown < NOTHING, `${grown} bytes`)
      } finally {
        await app.stop()
        silent.close()
      }
    })
  }
})
