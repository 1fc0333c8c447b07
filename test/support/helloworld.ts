import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

const EXAMPLES = path.join(__dirname, '..', '..', 'examples')

/** examples/helloworld in a process of its own, which tells what is enabled. */
export class Helloworld {
  readonly port: number
  readonly #process: ChildProcess

  private constructor(process: ChildProcess, port: number) {
    this.#process = process
    this.port = port
  }

  /** @param preload - modules to load before it */
  static async start(...preload: string[]): Promise<Helloworld> {
    const modules = [path.join(__dirname, '..', 'fixtures', 'enabled.js'), ...preload]
    const child = fork(path.join(EXAMPLES, 'helloworld.js'), {
      env: { ...process.env, PORT: '0' },
      execArgv: modules.flatMap((file) => ['--require', file]),
      stdio: ['ignore', 'pipe', 'inherit', 'ipc']
    })
    for await (const text of child.stdout ?? []) {
      const port = /listening: \S+:(\d+)/.exec(String(text))?.[1]
      if (port !== undefined) return new Helloworld(child, Number(port))
    }
    throw new Error('helloworld ended before it listened')
  }

  get pid(): number {
    return this.#process.pid as number
  }

  /** The probes that are enabled in it. */
  async enabled(): Promise<string[]> {
    this.#process.send('enabled')
    return (await once(this.#process, 'message'))[0]
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill()
    await exited
  }
}
