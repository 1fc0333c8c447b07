import { fork } from 'node:child_process'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { AppProcess } from './app-process'
import { freePort, request } from './http'

export const PLAIN = path.join(__dirname, '..', 'fixtures', 'plain.js')

interface Starting {
  execArgv?: string[]
  /** The Node to run it on. */
  execPath?: string
}

/** test/fixtures/plain in a process of its own: an app that knows nothing of probes. */
export class PlainProcess extends AppProcess {
  output = ''

  /** Starts an app whose inspector would open at a port that is free, so that several can run at a time. */
  static async start(
    kind: string,
    { execArgv, execPath = process.execPath }: Starting = {}
  ): Promise<PlainProcess> {
    execArgv ??= [`--inspect-port=${await freePort()}`]
    const child = fork(PLAIN, [kind], { execArgv, execPath, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (started !== undefined) started.output = output
      })
    let started: PlainProcess | undefined
    while (!/listening: \d+/.test(output)) {
      if (child.exitCode !== null) throw new Error(`it ended before it listened: ${output}`)
      await setTimeout(10)
    }
    started = new PlainProcess(child, Number(/listening: (\d+)/.exec(output)?.[1]))
    return started
  }

  /** The state that an injection must leave as it was. */
  state(): Promise<Record<string, unknown>> {
    return this.askFor('state')
  }

  async load(requests: number): Promise<void> {
    for (let sent = 0; sent < requests; sent++) await request(this.port, `/users/${sent}`)
  }
}
