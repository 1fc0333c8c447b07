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

  /**
   * Gives what a query gave at each second of the last minutes, the newest scrape included, for each of its
   * series.
   */
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
    const exited = this.#process.exitCode === null ? once(this.#process, 'exit') : undefined
    this.#process.kill('SIGKILL')
    await exited
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
