import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { freePort, request } from '../support/http'
import { MeasuredApp, type Truth } from './support/measured-app'
import {
  NEWER_PROMETHEUS,
  PROMETHEUS,
  startPrometheus,
  versionOf,
  withPrometheus
} from './support/prometheus'
import type { TimeSeriesDatabase } from './support/time-series-database'
import { until } from './support/until'

const { skip } = withPrometheus()

const NATIVE = ['--enable-feature=native-histograms']
/** With it, Prometheus sees that a counter began again, though it has come as far as it was before. */
const CREATED = ['--enable-feature=native-histograms,created-timestamp-zero-ingestion']

/** The scrapers: their formats, and how the count of a histogram and a quantile are asked for there. */
const SCRAPERS = [
  { title: 'OpenMetrics', program: PROMETHEUS, args: [], native: false },
  { title: 'native histograms', program: PROMETHEUS, args: NATIVE, native: true },
  { title: 'native histograms', program: NEWER_PROMETHEUS, args: CREATED, native: true }
]

const REQUESTS = 'http_server_request_duration_seconds'
const HANDLERS = 'restify_handler_duration_seconds'

/** The bounds of classic buckets, in seconds. */
const CLASSIC = [0, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const QUANTILES = [0.5, 0.9, 0.99]

async function load(port: number, times: number): Promise<void> {
  const ask = (i: number) => {
    const ms = 1 + ((i * 37) % 90)
    if (i % 10 === 0) return request(port, `/broken?ms=${ms}`)
    if (i % 4 === 0) return request(port, `/api/items?ms=${ms}`, { method: 'POST' })
    return request(port, `/api/items/${i}?ms=${ms}&busy=${i % 9 === 0 ? 3 : 0}`)
  }
  for (let i = 0; i < times; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => ask(i + j)))
}

/** Requests of routes. */
function countIn(truth: Truth): number {
  const isRequest = (what: string) => / \d+$/.test(what) && !what.endsWith(' 404')
  return Object.entries(truth).reduce((sum, [what, all]) => sum + (isRequest(what) ? all.length : 0), 0)
}

/** A quantile by the definition that Prometheus has: the value of that rank. */
function quantileOf(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] as number
}

/** The bounds of the bucket in which a duration is. */
function bucketOf(seconds: number, native: boolean): [number, number] {
  if (native) {
    const index = Math.ceil(2 * Math.log2(seconds))
    return [2 ** ((index - 1) / 2), 2 ** (index / 2)]
  }
  const index = CLASSIC.findIndex((bound) => seconds <= bound)
  return [CLASSIC[index - 1] as number, CLASSIC[index] as number]
}

describe('Prometheus', { skip }, () => {
  let port: number
  let app: MeasuredApp
  let truth: Truth
  let first = 0
  const all: TimeSeriesDatabase[] = []

  before(async () => {
    port = await freePort()
    app = await MeasuredApp.start(port)
    all.push(
      ...(await Promise.all(
        SCRAPERS.map(({ program, args }) => startPrometheus({ program, args, target: port }))
      ))
    )
    await request(port, '/no/such/path')
    await load(port, 300)
    truth = await app.truth()
    first = countIn(truth)
    await Promise.all(SCRAPERS.map((_, i) => untilCounted(i, first)))
  })

  after(async () => {
    for (const prometheus of all) await prometheus.stop()
    await app?.stop()
  })

  const countQuery = (i: number, name: string) =>
    SCRAPERS[i]?.native ? `histogram_count(${name})` : `${name}_count`
  const ROUTES = '{http_route!="",http_route!="/metrics"}'

  async function untilCounted(i: number, count: number): Promise<void> {
    const query = SCRAPERS[i]?.native
      ? `sum(histogram_count(${REQUESTS}${ROUTES}))`
      : `sum(${REQUESTS}_count${ROUTES})`
    await until(async () => (await all[i]?.valueOf(query)) === count, `${count} requests were scraped`)
  }

  SCRAPERS.forEach(({ title, program, native }, i) => {
    const get = () => all[i] as TimeSeriesDatabase
    const quantile = (part: number, name: string, by: string) =>
      native
        ? `histogram_quantile(${part}, sum by (${by}) (${name}))`
        : `histogram_quantile(${part}, sum by (${by}, le) (${name}_bucket))`

    describe(skip ? title : `${versionOf(program)}, ${title}`, () => {
      it('counts each route and status as the app did, and each handler', async () => {
        const counted: Record<string, number> = {}
        for (const { labels, value } of await get().query(countQuery(i, REQUESTS)))
          counted[
            `${labels.http_request_method} ${labels.http_route ?? ''} ${labels.http_response_status_code}`
          ] = value
        for (const { labels, value } of await get().query(countQuery(i, HANDLERS)))
          counted[`${labels.http_request_method} ${labels.http_route ?? ''} ${labels.handler}`] = value
        for (const [what, durations] of Object.entries(truth))
          assert.equal(counted[what], durations.length, what)
        assert.ok(Object.keys(truth).length >= 7)
      })

      it('finds p50, p90 and p99 of routes and handlers in the bucket in which they are', async () => {
        for (const [name, last] of [
          [REQUESTS, 'http_response_status_code'],
          [HANDLERS, 'handler']
        ] as const) {
          for (const part of QUANTILES) {
            const found = await get().query(quantile(part, name, `http_request_method, http_route, ${last}`))
            for (const { labels, value } of found) {
              const what = `${labels.http_request_method} ${labels.http_route ?? ''} ${labels[last]}`
              // The first request, which had no route, sets tracing up.
              if (truth[what] === undefined || what.endsWith(' 404')) continue
              // The app's own clocks are read a little earlier or later than ours, which may be the next bucket's.
              const real = quantileOf(truth[what], part)
              const [low] = bucketOf(real * 0.97, native)
              const [, high] = bucketOf(real * 1.03 + 0.0005, native)
              assert.ok(value >= low && value <= high, `${what} p${part * 100}: ${value}, ${real} in the app`)
            }
          }
        }
      })

      it('gives the busy time of the handler that holds the event loop', async () => {
        const busy = await get().valueOf('restify_handler_busy_seconds_sum{handler="compute"}')
        const real = (truth['GET /api/items/:id compute'] as number[]).reduce((sum, each) => sum + each, 0)
        assert.ok(Math.abs(busy - real) < real * 0.1, `${busy}, ${real} in the app`)
        const waiting = await get().valueOf('sum(restify_handler_busy_seconds_sum{handler="wait"})')
        assert.ok(waiting < real)
      })

      it('tells that no bound of cardinality was met, and how late the event loop is', async () => {
        const bounds = await get().query('restify_metrics_overflow_total')
        assert.deepEqual(bounds.map(({ labels, value }) => [labels.bound, value]).sort(), [
          ['handlers', 0],
          ['routes', 0],
          ['status_codes', 0]
        ])
        for (const metric of [
          'delay_p50_seconds',
          'delay_p99_seconds',
          'delay_max_seconds',
          'utilization_ratio'
        ]) {
          const [found] = await get().query(`nodejs_eventloop_${metric}`)
          assert.ok(found !== undefined && found.value >= 0 && found.value < 5, metric)
        }
      })
    })
  })

  it('counts exactly over restarts of the app', async () => {
    await app.stop()
    app = await MeasuredApp.start(port)
    await request(port, '/no/such/path')
    await load(port, 120)
    const second = countIn(await app.truth())
    await Promise.all(SCRAPERS.map((_, i) => untilCounted(i, second)))
    for (const [i, prometheus] of all.entries()) {
      const series = await prometheus.samplesOf(
        SCRAPERS[i]?.native ? REQUESTS + ROUTES : `${REQUESTS}_count${ROUTES}`
      )
      assert.ok(series.length >= 3)
      assert.equal(
        series.reduce((sum, samples) => sum + increaseOf(samples), 0),
        first + second
      )
    }
    // One request without a route before, one after: only a sample of the start tells that these are two.
    const starts = `count_over_time((histogram_count(${REQUESTS}{http_response_status_code="404"}) == 0)[5m:100ms])`
    const [, native, created] = await Promise.all(all.map((prometheus) => prometheus.valueOf(starts)))
    assert.ok(native === 0 && (created as number) > 0, `${native} and ${created} samples of zero`)
  })
})

/** The increase of a counter from zero on: where it fell it was reset. */
function increaseOf(samples: readonly number[]): number {
  let before = 0
  return samples.reduce((sum, sample) => {
    const more = sample >= before ? sample - before : sample
    before = sample
    return sum + more
  }, 0)
}
