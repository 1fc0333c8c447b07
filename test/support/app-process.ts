import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** An app in a process of its own, which answers questions about itself. */
export class AppProcess {
  readonly port: number
  protected readonly process: ChildProcess

  protected constructor(process: ChildProcess, port: number) {
    this.process = process
    this.port = port
  }

  get pid(): number {
    return this.process.pid as number
  }

  protected async askFor<T>(question: string): Promise<T> {
    this.process.send(question)
    return (await once(this.process, 'message'))[0]
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const exited = once(this.process, 'exit')
    this.process.kill(signal)
    await exited
  }
}
