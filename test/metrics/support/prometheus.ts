import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { missing, skipFor } from '../../support/compulsory'
import { freePort } from '../../support/http'

const TRACERS = process.env.RESTIFY_PROBES_TRACERS ?? '/var/cache/restify-probes'

/** The Prometheuses that are tried: this system's, which is Debian 12's 2.42, and that of Debian testing. */
export const PROMETHEUS = 'prometheus'
export const NEWER_PROMETHEUS = path.join(TRACERS, 'forky/usr/bin/prometheus')

/** Options for tests that need both. */
export function withPrometheus(): { skip: string | false } {
  const problem =
    missing(['prometheus', 'promtool']) ??
    (existsSync(NEWER_PROMETHEUS) ? undefined : `${NEWER_PROMETHEUS} is not there; .ci/tracers puts it there`)
  return skipFor(problem)
}

export function versionOf(program: string): string {
  return /version (\S+?)\+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown'
}

/** A series that a query gave: its labels, and its value. */
export interface Found {
  labels: Record<string, string>
  value: number
}

interface Options {
  program: string
  /** The port of the app to scrape, if any. */
  target?: number
  args?: readonly string[]
  /** Lines for the job, indented as they are to be. */
  job?: string
}

/** How often it scrapes: the shortest time that it takes. */
const INTERVAL = '1s'

/** A real Prometheus with an empty database. */
export class Prometheus {
  readonly #process: ChildProcess
  readonly #folder: string
  readonly port: number

  private constructor(process: ChildProcess, folder: string, port: number) {
    this.#process = process
    this.#folder = folder
    this.port = port
  }

  static async start({ program, target, args = [], job = '' }: Options): Promise<Prometheus> {
    const folder = mkdtempSync(path.join(tmpdir(), 'prometheus-'))
    const scrape =
      target === undefined
        ? ''
        : `scrape_configs:
  - job_name: app
${job}    static_configs:
      - targets: ['127.0.0.1:${target}']
`
    const config = path.join(folder, 'prometheus.yml')
    writeFileSync(config, `global:\n  scrape_interval: ${INTERVAL}\n  scrape_timeout: ${INTERVAL}\n${scrape}`)
    const port = await freePort()
    const child = spawn(
      program,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${path.join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
        ...args
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] }
    )
    const prometheus = new Prometheus(child, folder, port)
    await until(async () => (await fetch(`${prometheus.url}/-/ready`)).ok, `${program} is ready`)
    return prometheus
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async query(query: string): Promise<Found[]> {
    const data = await this.#ask(query)
    return data.map(({ metric, value }) => ({ labels: metric, value: Number(value?.[1]) }))
  }

  /** The one value that a query gives; zero if it gives none. */
  async valueOf(query: string): Promise<number> {
    return (await this.query(query))[0]?.value ?? 0
  }

  /** What a query gave at each second of the last minutes, the newest scrape included, for each of its series. */
  async samplesOf(query: string): Promise<number[][]> {
    // A second from now: steps are of whole seconds, and the newest scrape comes after the last of them.
    const data = await this.#ask(`(${query})[5m:1s]`, Date.now() / 1000 + 1)
    return data.map(({ values = [] }) => values.map(([, value]) => Number(value)))
  }

  async #ask(query: string, time = Date.now() / 1000): Promise<Answer[]> {
    const response = await fetch(
      `${this.url}/api/v1/query?${new URLSearchParams({ query, time: String(time) })}`
    )
    const { data, error } = (await response.json()) as { data?: { result: Answer[] }; error?: string }
    if (data === undefined) throw new Error(`${query}: ${error}`)
    return data.result
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exited
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

interface Answer {
  metric: Record<string, string>
  value?: [time: number, value: string]
  values?: [time: number, value: string][]
}

/** Waits until something is so; what it throws meanwhile counts as no. */
export async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    if (await isSo().catch(() => false)) return
    if (Date.now() > deadline) throw new Error(`within 20 s it was not so that ${what}`)
    await setTimeout(100)
  }
}
