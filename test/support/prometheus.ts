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
  /** Where its `prometheus` and `promtool` are; empty for those on the path. */
  folder: string
}

const SYSTEM: Release = { name: "this system's Prometheus", folder: '' }
const NEWER: Release = {
  name: "Debian testing's Prometheus",
  folder: path.join(SUITES, 'forky', 'usr', 'bin')
}

/** Those that are here: of Debian 12, and of Debian testing where .ci/tracers has put it. */
export const RELEASES: readonly Release[] = [SYSTEM, NEWER].filter(
  ({ folder }) => folder === '' || existsSync(path.join(folder, 'prometheus'))
)

/** Options for a test that needs a real Prometheus. */
export function withPrometheus(): { skip: string | false } {
  return skipFor(missing(['prometheus', 'promtool']))
}

/** A real Prometheus with a folder of its own, on a free port. */
export class Prometheus {
  readonly url: string
  readonly #child: ChildProcess
  readonly #folder: string
  #log = ''

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.url = `http://127.0.0.1:${port}`
    this.#child = child
    this.#folder = folder
    child.stderr?.on('data', (text) => {
      this.#log += text
    })
  }

  static async start({
    release = SYSTEM,
    config = '',
    history,
    flags = [],
    port
  }: {
    release?: Release
    /** Of YAML. */
    config?: string
    /** What it has scraped before, as OpenMetrics. */
    history?: string
    flags?: readonly string[]
    port?: number
  } = {}): Promise<Prometheus> {
    const folder = mkdtempSync(path.join(tmpdir(), 'prometheus-'))
    const file = (name: string) => path.join(folder, name)
    writeFileSync(file('prometheus.yml'), config)
    if (history !== undefined) {
      writeFileSync(file('history'), history)
      const words = ['tsdb', 'create-blocks-from', 'openmetrics', file('history'), file('data')]
      execFileSync(path.join(release.folder, 'promtool'), words, { stdio: 'pipe' })
    }
    const listening = port ?? (await freePort())
    const child = spawn(
      path.join(release.folder, 'prometheus'),
      [
        `--config.file=${file('prometheus.yml')}`,
        `--storage.tsdb.path=${file('data')}`,
        `--web.listen-address=127.0.0.1:${listening}`,
        ...flags
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] }
    )
    const prometheus = new Prometheus(listening, child, folder)
    await prometheus.#ready()
    return prometheus
  }

  async #ready(): Promise<void> {
    for (let i = 0; i < 300; i++) {
      if (this.#child.exitCode !== null) break
      const answer = await fetch(`${this.url}/-/ready`).catch(() => undefined)
      if (answer?.ok) return
      await setTimeout(100)
    }
    await this.end()
    throw new Error(`Prometheus does not start: ${this.#log}`)
  }

  /** The series of an instant query, as its API gives them. */
  async query<Series = { metric: Record<string, string>; value: [number, string] }>(
    expression: string
  ): Promise<Series[]> {
    const answer = await fetch(`${this.url}/api/v1/query?${new URLSearchParams({ query: expression })}`)
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
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve))
      this.#child.kill('SIGTERM')
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
