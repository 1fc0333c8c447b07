import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

export const ROOT = path.join(__dirname, '..', '..', '..')

/** The command's file, as package.json names it. */
export const CLI = path.join(ROOT, 'dist', 'cli', 'main.js')

/** A module of the command line's, which is no part of the package's API. */
export function internal<T>(file: string): T {
  return require(path.join(ROOT, 'dist', 'cli', file)) as T
}

export interface Result {
  stdout: string
  stderr: string
  code: number | null
  signal: NodeJS.Signals | null
}

interface CommandOptions extends SpawnOptions {
  /** The Node that runs it, if another than this one. */
  node?: string
  /** Options of Node's. */
  nodeOptions?: readonly string[]
  /** The command's file, if another than that of this checkout. */
  cli?: string
}

/** The command at work. */
export class Command {
  readonly process: ChildProcess
  stdout = ''
  stderr = ''
  readonly #closed: Promise<unknown[]>

  /** @param launcher - words that run what follows them in another way, such as `setpriv --reuid 65534` */
  constructor(
    args: readonly string[],
    { node = process.execPath, nodeOptions = [], cli = CLI, ...options }: CommandOptions = {},
    launcher: readonly string[] = []
  ) {
    const [program, ...rest] = [...launcher, node, ...nodeOptions, cli, ...args] as [string, ...string[]]
    this.process = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    this.process.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text
    })
    this.process.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text
    })
    this.#closed = once(this.process, 'close')
  }

  /** Resolves when it has printed what matches, and rejects if it ends without. */
  async printed(pattern: RegExp, where: 'stdout' | 'stderr' = 'stderr'): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[where])
      if (match !== null) return match
      const stream = this.process[where] as NodeJS.ReadableStream
      const ended = await Promise.race([
        this.#closed.then(() => true),
        once(stream, 'data').then(() => false)
      ])
      if (ended && !pattern.test(this[where]))
        throw new Error(`ended without ${pattern}: ${this.stdout}${this.stderr}`)
    }
  }

  /** Resolves with its end, after this signal if one is given. */
  async end(signal?: NodeJS.Signals): Promise<Result> {
    if (signal !== undefined) this.process.kill(signal)
    const [code, by] = (await this.#closed) as [number | null, NodeJS.Signals | null]
    return { stdout: this.stdout, stderr: this.stderr, code, signal: by }
  }
}

export function run(args: readonly string[], options: CommandOptions = {}): Promise<Result> {
  return new Command(args, options).end()
}

/** The objects of --json, a line each. */
export function objects<T = Record<string, unknown>>(stdout: string): T[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}
