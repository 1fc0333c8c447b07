import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../support/http'
import { SHOP } from '../support/shop'

/** A cluster whose workers are replaced while it serves. */
export interface Reloadable {
  readonly port: number
  readonly primary: number
  /** The workers, all of which are new after a reload. */
  readonly pids: readonly number[]
  reload(): Promise<void>
  stop(): Promise<void>
}

/** @param pm2 - its program; unless given, node:cluster alone does what pm2 does */
export function startReloadable(pm2?: string): Promise<Reloadable> {
  return pm2 === undefined ? Cluster.start() : Pm2.start(path.resolve(pm2))
}

class Cluster implements Reloadable {
  private constructor(
    readonly port: number,
    readonly process: ChildProcess,
    public pids: readonly number[]
  ) {}

  static async start(): Promise<Cluster> {
    const port = await freePort()
    const primary = fork(path.join(__dirname, '..', 'fixtures', 'reloading.js'), {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    })
    const [pids] = (await once(primary, 'message')) as [number[]]
    return new Cluster(port, primary, pids)
  }

  get primary(): number {
    return this.process.pid as number
  }

  async reload(): Promise<void> {
    const reloaded = once(this.process, 'message')
    this.process.send('reload')
    this.pids = ((await reloaded) as [number[]])[0]
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await ended
  }
}

/** The real pm2, with a home folder of its own. */
class Pm2 implements Reloadable {
  readonly #run: (...args: string[]) => Promise<string>
  readonly #home: string
  pids: readonly number[] = []
  primary = 0

  private constructor(
    program: string,
    readonly port: number
  ) {
    this.#home = mkdtempSync(path.join(tmpdir(), 'pm2-'))
    const env = { ...process.env, PM2_HOME: this.#home, PORT: String(port) }
    this.#run = async (...args) => (await promisify(execFile)(program, args, { env })).stdout
  }

  static async start(program: string): Promise<Pm2> {
    const pm2 = new Pm2(program, await freePort())
    await pm2.#run('start', SHOP, '--name', 'shop', '-i', '2')
    await pm2.#look()
    return pm2
  }

  async reload(): Promise<void> {
    await this.#run('reload', 'shop')
    await this.#look()
  }

  async stop(): Promise<void> {
    await this.#run('kill')
    rmSync(this.#home, { recursive: true, force: true })
  }

  async #look(): Promise<void> {
    this.pids = (await this.#run('pid', 'shop')).trim().split('\n').map(Number)
    this.primary = Number(
      await promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(this.pids[0])]).then((it) => it.stdout)
    )
  }
}
