// What one host of many processes costs: the CPU time and memory of `restify-probes export`, and what a scrape has.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Child } from '../support/child.mjs'
import { heading, note, spread, table } from '../support/report.mjs'
import { summaryOf } from '../support/statistics.mjs'

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const APP = fileURLToPath(new URL('./app.mjs', import.meta.url))
const PROCESSES = Number(process.env.BENCH_PROCESSES ?? 200)
const ROUTES = 10
const HANDLERS = 4
/** The number of processes that are started at a time. */
const AT_A_TIME = 10
/** The time between two requests of each process, in milliseconds. */
const PACE = 1000
const SECONDS = 20
const SCRAPES = 15
/** How long it may take until all are counted, in milliseconds. */
const FOUND_WITHIN = 60_000
const TICKS_A_SECOND = 100
const NATIVE = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'

/** The command, of the processes that this one has started. */
class Export {
  static async start(args) {
    const command = spawn(
      process.execPath,
      [CLI, 'export', '--listen', '0', '-p', String(process.pid), ...args],
      {
        stdio: ['ignore', 'ignore', 'pipe']
      }
    )
    const [text] = await once(command.stderr.setEncoding('utf8'), 'data')
    return new Export(command, /listening at ([^\s;]+)/.exec(text)[1])
  }

  constructor(command, url) {
    this.command = command
    this.url = url
  }

  /** The CPU time in milliseconds. */
  get cpu() {
    const stat = readFileSync(`/proc/${this.command.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND
  }

  get megabytes() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.command.pid}/status`, 'utf8'))[1]) / 1024
  }

  async scrape(headers = {}) {
    const began = performance.now()
    const answer = await fetch(this.url, { headers: { 'accept-encoding': 'identity', ...headers } })
    if (!answer.ok) throw new Error(`${this.url} answered ${answer.status}`)
    const body = Buffer.from(await answer.arrayBuffer())
    return { body, ms: performance.now() - began }
  }

  /**
   * Waits until so many processes are counted.
   *
   * @throws Error if they are not in time
   */
  async counts(processes) {
    let counted = 0
    for (const end = performance.now() + FOUND_WITHIN; performance.now() < end; await setTimeout(500)) {
      const { body } = await this.scrape()
      counted = body.toString().match(/^restify_process_answers\{.*\} 1$/gm)?.length ?? 0
      if (counted === processes) return
    }
    throw new Error(`only ${counted} of ${processes} processes are counted`)
  }

  async end() {
    const exited = once(this.command, 'exit')
    this.command.kill('SIGINT')
    await exited
  }
}

/** Milliseconds of CPU time a second, without and with a scrape, of which there is one a second. */
async function measure(args, apps) {
  const exporting = await Export.start(args)
  try {
    await exporting.counts(apps.length)
    await Promise.all(apps.map((app) => app.ask('askAll')))
    await setTimeout(3000)
    const begin = exporting.cpu
    await setTimeout(SECONDS * 1000)
    const idle = (exporting.cpu - begin) / SECONDS
    const scrapes = []
    const extra = []
    for (let i = 0; i < SCRAPES; i++) {
      const before = exporting.cpu
      const began = performance.now()
      const { body, ms } = await exporting.scrape()
      scrapes.push({ body, ms })
      // This waits until the answer is not given to the next one, too.
      await setTimeout(1100)
      extra.push(exporting.cpu - before - (idle * (performance.now() - began)) / 1000)
    }
    const { body: native } = await exporting.scrape({ accept: NATIVE })
    const zipped = await fetch(exporting.url, { headers: { 'accept-encoding': 'gzip' } })
    return {
      idle,
      extra: summaryOf(extra),
      ms: summaryOf(scrapes.map(({ ms }) => ms)),
      bytes: scrapes[0].body.length,
      series: scrapes[0].body.toString().match(/^[^#\n]/gm).length,
      native: native.length,
      gzip: Number(zipped.headers.get('content-length')),
      megabytes: exporting.megabytes
    }
  } finally {
    await exporting.end()
  }
}

heading(`Export: one host of ${PROCESSES} processes`)
const apps = []
try {
  while (apps.length < PROCESSES) {
    const some = Array.from(
      { length: Math.min(AT_A_TIME, PROCESSES - apps.length) },
      (_, i) => apps.length + i
    )
    apps.push(...(await Promise.all(some.map((i) => Child.start(`app ${i}`, APP, [ROUTES, HANDLERS])))))
  }
  await Promise.all(apps.map((app) => app.ask('keepAsking', PACE)))
  const rows = []
  for (const [title, args] of [
    ['routes', []],
    ['routes and handlers', ['--handlers']]
  ]) {
    const { idle, extra, ms, bytes, series, native, gzip, megabytes } = await measure(args, apps)
    const mb = (count) => (count / 1e6).toFixed(2)
    rows.push([
      title,
      series,
      idle.toFixed(1),
      spread(extra, 0),
      spread(ms, 0),
      mb(bytes),
      mb(gzip),
      mb(native),
      megabytes.toFixed(0)
    ])
  }
  table(
    [
      'figures of',
      'samples',
      'CPU ms a second',
      'and a scrape',
      'ms until answered',
      'MB of text',
      'gzip',
      'protobuf',
      'RSS MB'
    ],
    rows
  )
  note(`Each process has ${ROUTES} routes of ${HANDLERS} handlers, and one request in ${PACE} ms.`)
} finally {
  await Promise.all(apps.map((app) => app.end()))
}
