import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { missing, skipFor } from './compulsory'
import { freePort } from './http'

const SUITES = process.env.RESTIFY_PROBES_TRACERS ?? '/var/cache/restify-probes'

export interface Release {
  name: string
  /** The folder of its `prometheus` and `promtool`; empty for those on the path. */
  folder: string
}

const SYSTEM: Release = { name: "this system's Prometheus", folder: '' }
const NEWER: Release = {
  name: "Debian testing's Prometheus",
  folder: path.join(SUITES, 'forky', 'usr', 'bin')
}

/** The releases that are here: of Debian 12, and of Debian testing where .ci/tracers has put it. */
export const RELEASES: readonly Release[] = [SYSTEM, NEWER].filter(
  ({ folder }) => folder === '' || existsSync(path.join(folder, 'prometheus'))
)

/** Options for a test that needs a real Prometheus. */
export function withPrometheus(): { skip: string | false } {
  return skipFor(missing(['prometheus', 'promtool']))
}

interface Options {
  release?: Release
  /** YAML, or JSON, which is YAML. */
  config?: string
  /** The samples that it has scraped before, as OpenMetrics. */
  history?: string
  flags?: readonly string[]
  port?: number
}

/** A real Prometheus with a folder of its own, on a free port. */
export class Prometheus {
  readonly url: string
  readonly #release: Release
  readonly #folder: string
  readonly #flags: readonly string[]
  #child: ChildProcess | undefined
  #log = ''

  private constructor({ release = SYSTEM, flags = [] }: Options, port: number) {
    this.url = `http://127.0.0.1:${port}`
    this.#release = release
    this.#folder = mkdtempSync(path.join(tmpdir(), 'prometheus-'))
    this.#flags = [
      `--config.file=${this.#file('prometheus.yml')}`,
      `--storage.tsdb.path=${this.#file('data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...flags
    ]
  }

  static async start(options: Options = {}): Promise<Prometheus> {
    const { config = '', history, port } = options
    const prometheus = new Prometheus(options, port ?? (await freePort()))
    writeFileSync(prometheus.#file('prometheus.yml'), config)
    if (history !== undefined) {
      const file = prometheus.#file('history')
      writeFileSync(file, history)
      prometheus.promtool('tsdb', 'create-blocks-from', 'openmetrics', file, prometheus.#file('data'))
    }
    await prometheus.#begin()
    return prometheus
  }

  /** Computes what recording rules would have recorded since then. */
  async recordSince(startMs: number, rules: string): Promise<void> {
    const seconds = (ms: number) => String(Math.floor(ms / 1000))
    this.promtool(
      ...['tsdb', 'create-blocks-from', 'rules', `--url=${this.url}`, `--output-dir=${this.#file('data')}`],
      ...[`--start=${seconds(startMs)}`, `--end=${seconds(Date.now())}`, rules]
    )
    // Prometheus looks for new blocks at its start.
    await this.#stop()
    await this.#begin()
  }

  promtool(...words: string[]): string {
    return promtool(this.#release, ...words)
  }

  #file(name: string): string {
    return path.join(this.#folder, name)
  }

  async #begin(): Promise<void> {
    const program = path.join(this.#release.folder, 'prometheus')
    this.#child = spawn(program, this.#flags, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child.stderr?.on('data', (text) => {
      this.#log += text
    })
    await this.#ready()
  }

  async #ready(): Promise<void> {
    for (let i = 0; i < 300; i++) {
      if (this.#child?.exitCode !== null) break
      const answer = await fetch(`${this.url}/-/ready`).catch(() => undefined)
      if (answer?.ok) return
      await setTimeout(100)
    }
    await this.end()
    throw new Error(`Prometheus does not start: ${this.#log}`)
  }

  /** The series of an instant query, as its API gives them, now or at this time. */
  async query<Series = { metric: Record<string, string>; value: [number, string] }>(
    expression: string,
    time = new Date().toISOString()
  ): Promise<Series[]> {
    const answer = await fetch(`${this.url}/api/v1/query?${new URLSearchParams({ query: expression, time })}`)
    const { data, error } = (await answer.json()) as { data?: { result: Series[] }; error?: string }
    if (data === undefined) throw new Error(`${expression}: ${error}`)
    return data.result
  }

  /** Resolves once an expression has a value. */
  async has(expression: string): Promise<void> {
    for (let i = 0; i < 300; i++) {
      if ((await this.query(expression)).length > 0) return
      await setTimeout(100)
    }
    throw new Error(`${expression} has no value: ${this.#log}`)
  }

  async end(): Promise<void> {
    await this.#stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #stop(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
}

/** @throws Error if promtool finds something wrong */
export function promtool({ folder }: Release, ...words: string[]): string {
  return execFileSync(path.join(folder, 'promtool'), words, { encoding: 'utf8', stdio: 'pipe' })
}
