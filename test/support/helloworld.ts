import { fork } from 'node:child_process'
import path from 'node:path'
import { AppProcess } from './app-process'

/** The options of `fork` that run a module with another Node. */
export interface Launcher {
  execPath: string
  execArgv: readonly string[]
}

/** The guide's handlers and its route, as histograms name them, in alphabetical order. */
export const NAMES = [
  'getfoo',
  'parseAccept',
  'parseAuthorization',
  'parseDate',
  'parseQueryString',
  'parseUrlEncodedBody',
  'respond',
  'slowHandler'
]

const EXAMPLES = path.join(__dirname, '..', '..', 'examples')

/** examples/helloworld in a process of its own, which tells what is enabled. */
export class Helloworld extends AppProcess {
  /** @param preload - modules to load before it */
  static start(...preload: string[]): Promise<Helloworld> {
    return Helloworld.startWith({ execPath: process.execPath, execArgv: [] }, preload)
  }

  static async startWith({ execPath, execArgv }: Launcher, preload: readonly string[]): Promise<Helloworld> {
    const modules = [path.join(__dirname, '..', 'fixtures', 'enabled.js'), ...preload]
    const child = fork(path.join(EXAMPLES, 'helloworld.js'), {
      env: { ...process.env, PORT: '0' },
      execPath,
      execArgv: [...execArgv, ...modules.flatMap((file) => ['--require', file])],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc']
    })
    for await (const text of child.stdout ?? []) {
      const port = /listening: \S+:(\d+)/.exec(String(text))?.[1]
      if (port !== undefined) return new Helloworld(child, Number(port))
    }
    throw new Error('helloworld ended before it listened')
  }

  /** The probes that are enabled in it. */
  enabled(): Promise<string[]> {
    return this.askFor('enabled')
  }
}
