import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../support/http'
import { until } from './until'

/** A series that a query gave: its labels, and its value. */
export interface Found {
  labels: Record<string, string>
  value: number
}

interface Answer {
  metric: Record<string, string>
  value?: [time: number, value: string]
  values?: [time: number, value: string][]
  /** The values of a native histogram. */
  histograms?: [time: number, histogram: { count: string }][]
}

/** A server that is asked in PromQL, in a process of its own, with an empty folder. */
export class TimeSeriesDatabase {
  readonly #process: ChildProcess
  readonly #folder: string
  readonly url: string

  private constructor(process: ChildProcess, folder: string, url: string) {
    this.#process = process
    this.#folder = folder
    this.url = url
  }

  /**
   * @param ready - the path that it answers once it is ready
   * @param args - gives its arguments, for a folder and the address at which it is to listen
   */
  static async start(
    program: string,
    ready: string,
    args: (folder: string, address: string) => string[]
  ): Promise<TimeSeriesDatabase> {
    const folder = mkdtempSync(path.join(tmpdir(), 'time-series-'))
    const address = `127.0.0.1:${await freePort()}`
    const child = spawn(program, args(folder, address), { stdio: ['ignore', 'ignore', 'inherit'] })
    const database = new TimeSeriesDatabase(child, folder, `http://${address}`)
    try {
      await until(async () => (await fetch(database.url + ready)).ok, `${program} is ready`)
    } catch (error) {
      await database.stop()
      throw error
    }
    return database
  }

  async query(query: string): Promise<Found[]> {
    const data = await this.#ask(query)
    return data.map(({ metric, value }) => ({ labels: metric, value: Number(value?.[1]) }))
  }

  /** The one value that a query gives; zero if it gives none. */
  async valueOf(query: string): Promise<number> {
    return (await this.query(query))[0]?.value ?? 0
  }

  /** Gives each sample of the last hour of each of these series: a counter's value, or a histogram's count. */
  async samplesOf(selector: string): Promise<number[][]> {
    const data = await this.#ask(`${selector}[1h]`)
    return data.map(({ values, histograms = [] }) =>
      (values ?? histograms.map(([time, { count }]) => [time, count] as const)).map(([, value]) =>
        Number(value)
      )
    )
  }

  async #ask(query: string): Promise<Answer[]> {
    const response = await fetch(`${this.url}/api/v1/query?${new URLSearchParams({ query })}`)
    const { data, error } = (await response.json()) as { data?: { result: Answer[] }; error?: string }
    if (data === undefined) throw new Error(`${query}: ${error}`)
    return data.result
  }

  async stop(): Promise<void> {
    const exited = this.#process.exitCode === null ? once(this.#process, 'exit') : undefined
    this.#process.kill('SIGKILL')
    await exited
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
