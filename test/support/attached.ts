import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { ROOT } from './cli'
import { request } from './http'

const FILE = path.join('build', 'test', 'fixtures', 'attached.js')

/** The facts that status().attach tells, and more. */
export interface AttachStatus {
  socket?: string
  message: string
  provider: string
  /** Bytes; exact with Node's option --expose-gc. */
  memory: number
}

export interface Start extends SpawnOptions {
  node?: string
  /** The package's folder, if another than this checkout. */
  root?: string
  /** Options of Node's. */
  nodeOptions?: readonly string[]
  /** Options of restifyProbes(). */
  options?: Record<string, unknown>
}

/** test/fixtures/attached in a process of its own. */
export class Attached {
  readonly #process: ChildProcess
  readonly port: number
  stderr = ''

  private constructor(process: ChildProcess, port: number) {
    this.#process = process
    this.port = port
  }

  static async start({
    node = process.execPath,
    root = ROOT,
    nodeOptions = [],
    options = {},
    ...spawning
  }: Start = {}) {
    const child = spawn(node, [...nodeOptions, path.join(root, FILE)], {
      ...spawning,
      env: { ...process.env, ...spawning.env, PROBES: JSON.stringify(options) },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    let stdout = ''
    for await (const text of child.stdout ?? []) {
      stdout += text
      const port = /listening: (\d+)\n/.exec(stdout)?.[1]
      if (port === undefined) continue
      const app = new Attached(child, Number(port))
      app.stderr = stderr
      child.stderr?.on('data', (more) => {
        app.stderr += more
      })
      return app
    }
    throw new Error(`the app ended before it listened: ${stderr}`)
  }

  get pid(): number {
    return this.#process.pid as number
  }

  async get(url: string): Promise<string> {
    return (await request(this.port, url)).body
  }

  async status(): Promise<AttachStatus> {
    return JSON.parse(await this.get('/status'))
  }

  /** The socket at which commands attach. */
  async socket(): Promise<string> {
    const { socket, message } = await this.status()
    if (socket === undefined) throw new Error(message)
    return socket
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Resolves when it has ended of its own accord. */
  async exited(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await once(this.#process, 'exit')
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill(signal)
    await exited
  }
}
