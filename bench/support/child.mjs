import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of the bench's that answers questions; see answering.mjs. */
export class Child {
  #process

  constructor(name, childProcess) {
    this.name = name
    this.#process = childProcess
  }

  /** Resolves once it can be asked. */
  static async start(name, file, args = [], { execArgv = [] } = {}) {
    const child = fork(file, args.map(String), { execArgv, env: { ...process.env, NODE_ENV: 'production' } })
    const started = new Child(name, child)
    await started.#answer()
    return started
  }

  get pid() {
    return this.#process.pid
  }

  async ask(question, ...args) {
    this.#process.send({ question, args })
    return this.#answer()
  }

  async end() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill()
    await exited
  }

  async #answer() {
    const stop = new AbortController()
    const { signal } = stop
    try {
      const [message] = await Promise.race([
        once(this.#process, 'message', { signal }),
        once(this.#process, 'exit', { signal }).then(([code]) => [{ error: `it exited with ${code}` }])
      ])
      if (message.error !== undefined) throw new Error(`${this.name}: ${message.error}`)
      return message.answer
    } finally {
      stop.abort()
    }
  }
}
