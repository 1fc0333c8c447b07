import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startReceiver, withReceiver } from '../metrics/support/otlp-receiver'
import { NEWER_PROMETHEUS, PROMETHEUS, startPrometheus, withPrometheus } from '../metrics/support/prometheus'
import type { TimeSeriesDatabase } from '../metrics/support/time-series-database'
import { until } from '../metrics/support/until'
import { Attached } from '../support/attached'
import { allOf } from '../support/compulsory'
import { Exporting } from '../support/exporting'
import { freePort } from '../support/http'

const linux = { skip: process.platform !== 'linux' && 'processes are found by pid on Linux' }
const COUNT = 'http_server_request_duration_seconds_count'
const WAITED = '{http_route="/wait/:ms"}'

/** An app that is listened to; sends it so many requests, and has it exit. */
async function liveAndExit(exporting: Exporting, mark: string, requests: number): Promise<string> {
  const app = await Attached.start({ nodeOptions: [`--conditions=${mark}`] })
  const pid = String(app.pid)
  await exporting.reached(1, 'restify_process_answers', { pid })
  for (let i = 0; i < requests; i++) await app.get('/wait/1')
  await app.get('/exit')
  await app.exited()
  return pid
}

/** Tells from its samples how much a counter has grown over its resets. */
function grown(samples: readonly number[]): number {
  return samples.reduce((sum, value, i) => {
    const before = samples[i - 1] ?? 0
    return sum + (value >= before ? value - before : value)
  }, 0)
}

describe('a real Prometheus that scrapes export', allOf(linux, withPrometheus()), () => {
  it('has every request of processes that come and go, and of an export that was started again', async () => {
    const mark = `export-prometheus-${process.pid}`
    const listen = ['--listen', String(await freePort()), '--name', mark]
    let exporting = await Exporting.start(listen)
    const databases: TimeSeriesDatabase[] = []
    const app = await Attached.start({ nodeOptions: [`--conditions=${mark}`] })
    try {
      for (const [program, args] of [
        [PROMETHEUS, []],
        [NEWER_PROMETHEUS, ['--enable-feature=native-histograms']]
      ] as const)
        databases.push(await startPrometheus({ program, target: exporting.port, args }))
      const pids = [await liveAndExit(exporting, mark, 3), await liveAndExit(exporting, mark, 8)]
      const answers = ['restify_process_answers', { pid: String(app.pid) }] as const
      await exporting.reached(1, ...answers)
      for (let i = 0; i < 20; i++) await app.get('/wait/1')
      // A scrape comes once a second.
      await setTimeout(3500)
      await exporting.stop()
      exporting = await Exporting.start(listen)
      await exporting.reached(1, ...answers)
      for (let i = 0; i < 12; i++) await app.get('/wait/1')
      await setTimeout(3500)
      for (const [i, database] of databases.entries()) {
        const counts = i === 1 ? 'http_server_request_duration_seconds' : COUNT
        for (const [pid, sent] of [
          [pids[0], 3],
          [pids[1], 8],
          [String(app.pid), 32]
        ] as const) {
          const [samples = []] = await database.samplesOf(`${counts}{pid="${pid}",http_route="/wait/:ms"}`)
          assert.equal(grown(samples), sent, `process ${pid}: ${samples}`)
        }
        assert.equal(await database.valueOf('up'), 1)
      }
      const [{ labels } = { labels: {} }] = await (databases[0] as TimeSeriesDatabase).query(
        `${COUNT}${WAITED}`
      )
      assert.match((labels as Record<string, string>).command as string, /attached\.js$/)
      // A series of a process that is gone is not there for long.
      assert.equal((await (databases[0] as TimeSeriesDatabase).query(`restify_process_answers`)).length, 1)
    } finally {
      await exporting.stop()
      await app.stop()
      for (const database of databases) await database.stop()
    }
  })
})

describe('a real receiver of OTLP', allOf(linux, withReceiver()), () => {
  it('has every request, with the process as its resource', async () => {
    const receiver = await startReceiver()
    const app = await Attached.start()
    const args = ['--otlp', `${receiver.url}/opentelemetry`, '--otlp-interval', '1', '--handlers']
    const exporting = await Exporting.start(['-p', String(app.pid), '--listen', '0', ...args])
    try {
      await exporting.reached(1, 'restify_process_answers')
      for (let i = 0; i < 7; i++) await app.get('/wait/1')
      await app.get('/fail')
      const has = (query: string, value: number) =>
        until(async () => (await receiver.valueOf(query)) === value, `${query} is ${value}`)
      await has(`${COUNT}{http_route="/wait/:ms",http_response_status_code="200"}`, 7)
      await has(`${COUNT}{error_type="500"}`, 1)
      await has('restify_handler_duration_seconds_count{handler="wait"}', 7)
      await has('restify_handler_busy_seconds_count{handler="wait"}', 7)
      await has(`sum(http_server_request_duration_seconds_bucket${WAITED})`, 7)
      await has('restify_process_answers', 1)
      const [{ labels } = { labels: {} as Record<string, string> }] = await receiver.query(
        `${COUNT}${WAITED}`
      )
      assert.equal(labels.service_name, 'attached.js')
      assert.equal(labels.process_pid, String(app.pid))
      assert.match(labels.service_instance_id as string, new RegExp(`:${app.pid}$`))
    } finally {
      await exporting.stop()
      await app.stop()
      await receiver.stop()
    }
  })
})
