import assert from 'node:assert/strict'
import type http from 'node:http'
import { describe, it } from 'node:test'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import {
  AggregationTemporality,
  DataPointType,
  type ExponentialHistogramMetricData,
  MeterProvider,
  type MetricData,
  MetricReader,
  PeriodicExportingMetricReader
} from '@opentelemetry/sdk-metrics'
import express from 'express'
import restifyProbes from 'restify-probes'
import { metricProducer, type Options, type Producer } from 'restify-probes/opentelemetry'
import { request, serving } from '../support/http'
import { startReceiver, withReceiver } from './support/otlp-receiver'
import { until } from './support/until'

/** A reader that collects when it is told to. */
class Reader extends MetricReader {
  readonly #provider: MeterProvider

  constructor(producer: Producer) {
    super({ metricProducers: [producer] })
    this.#provider = new MeterProvider({ readers: [this] })
  }

  async read(): Promise<Map<string, MetricData>> {
    const { resourceMetrics, errors } = await this.collect()
    assert.deepEqual(errors, [])
    const ours = resourceMetrics.scopeMetrics.find(({ scope }) => scope.name === 'restify-probes')
    return new Map(ours?.metrics.map((each) => [each.descriptor.name, each]))
  }

  end(): Promise<void> {
    return this.#provider.shutdown()
  }

  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

/** Milliseconds that the handlers of `/wait` take. */
const WAITS = [2, 5, 9, 20, 40]

async function asked(server: http.Server): Promise<void> {
  for (const ms of WAITS) await request(server, `/wait/${ms}`)
  await request(server, '/fail')
  await request(server, '/none')
}

/**
 * An app and a producer of its metrics, for as long as `use` takes, with the milliseconds that each of WAITS took: on a
 * busy machine timers are late.
 */
async function producing(
  options: Options | undefined,
  use: (server: http.Server, producer: Producer, waited: readonly number[]) => Promise<void>
): Promise<void> {
  const producer = metricProducer(options)
  const waited: number[] = []
  const app = express()
  app.use(restifyProbes())
  app.get('/wait/:ms', function wait(req, res) {
    const before = performance.now()
    res.on('finish', () => waited.push(performance.now() - before))
    setTimeout(() => res.send('waited'), Number(req.params.ms))
  })
  app.get('/fail', function fail(_req, res) {
    res.status(503).end()
  })
  try {
    await serving(app, (server) => use(server, producer, waited))
  } finally {
    producer.stop()
  }
}

async function reading(
  options: Options | undefined,
  use: (server: http.Server, reader: Reader, producer: Producer, waited: readonly number[]) => Promise<void>
): Promise<void> {
  await producing(options, async (server, producer, waited) => {
    const reader = new Reader(producer)
    try {
      await use(server, reader, producer, waited)
    } finally {
      await reader.end()
    }
  })
}

function durationsIn(metrics: Map<string, MetricData>, name = 'http.server.request.duration') {
  const metric = metrics.get(name)
  assert.equal(metric?.dataPointType, DataPointType.EXPONENTIAL_HISTOGRAM)
  return metric as ExponentialHistogramMetricData
}

describe('metricProducer()', () => {
  it('gives requests by the semantic conventions', async () => {
    await reading(undefined, async (server, reader) => {
      await asked(server)
      const { descriptor, dataPoints, aggregationTemporality } = durationsIn(await reader.read())
      assert.equal(descriptor.unit, 's')
      assert.equal(aggregationTemporality, AggregationTemporality.CUMULATIVE)
      assert.deepEqual(
        dataPoints.map(({ attributes, value }) => [attributes, value.count]),
        [
          [
            {
              'http.request.method': 'GET',
              'http.route': '/wait/:ms',
              'http.response.status_code': 200
            },
            5
          ],
          [
            {
              'http.request.method': 'GET',
              'http.route': '/fail',
              'http.response.status_code': 503,
              'error.type': '503'
            },
            1
          ],
          [{ 'http.request.method': 'GET', 'http.response.status_code': 404 }, 1]
        ]
      )
    })
  })

  it('gives exponential histograms of scale 1, with every duration in its bucket', async () => {
    await reading(undefined, async (server, reader, _producer, waited) => {
      await asked(server)
      const metrics = await reader.read()
      // Timers are early by a millisecond at times, and late at others.
      const least = (ms: number) => (ms - 1) / 1000
      for (const [name, route] of [
        ['http.server.request.duration', '/wait/:ms'],
        ['restify.handler.duration', '/wait/:ms']
      ] as const) {
        const value = durationsIn(metrics, name).dataPoints.find(
          ({ attributes }) => attributes['http.route'] === route
        )?.value
        assert.ok(value !== undefined)
        assert.equal(value.scale, 1)
        assert.equal(value.zeroCount + value.positive.bucketCounts.reduce((sum, each) => sum + each, 0), 5)
        const { offset, bucketCounts } = value.positive
        const begin = 2 ** (offset / 2)
        const end = 2 ** ((offset + bucketCounts.length) / 2)
        const { min = 0, max = 0, sum = 0 } = value
        assert.ok(begin < min && min <= begin * Math.SQRT2, `the shortest, ${min}, is in the first bucket`)
        assert.ok(end / Math.SQRT2 < max && max <= end, `the longest, ${max}, is in the last bucket`)
        assert.equal(waited.length, WAITS.length)
        const total = waited.reduce((all, ms) => all + ms, 0)
        assert.ok(min >= least(Math.min(...waited)), `${min} s, of ${waited} ms`)
        assert.ok(max >= least(Math.max(...waited)), `${max} s, of ${waited} ms`)
        assert.ok(sum >= least(total), `${sum} s, of ${waited} ms`)
      }
    })
  })

  it('gives handlers, their busy time, the event loop, and the bounds of cardinality', async () => {
    await reading({ limits: { routes: 1 } }, async (server, reader, producer) => {
      await asked(server)
      const metrics = await reader.read()
      assert.deepEqual([...metrics.keys()].sort(), [
        'http.server.request.duration',
        'nodejs.eventloop.delay.max',
        'nodejs.eventloop.delay.p50',
        'nodejs.eventloop.delay.p99',
        'nodejs.eventloop.utilization',
        'restify.handler.busy',
        'restify.handler.duration',
        'restify.metrics.overflow'
      ])
      const [first] = metrics.get('restify.handler.busy')?.dataPoints ?? []
      assert.deepEqual(
        { ...first?.attributes, location: '' },
        { 'http.request.method': 'GET', 'http.route': '/wait/:ms', handler: 'wait', location: '' }
      )
      assert.match(String(first?.attributes.location), /opentelemetry\.test\.[jt]s:\d+$/)
      const overflow = metrics.get('restify.metrics.overflow')?.dataPoints
      assert.deepEqual(
        overflow?.map(({ attributes, value }) => [attributes.bound, value]),
        [
          ['routes', 2],
          ['status_codes', 0],
          ['handlers', 1]
        ]
      )
      producer.showHandlers(false)
      assert.equal((await reader.read()).has('restify.handler.duration'), false)
    })
  })

  it('gives all since the start, or what came since the last time', async () => {
    for (const [temporality, counts] of [
      ['cumulative', [7, 14]],
      ['delta', [7, 7]]
    ] as const) {
      await reading({ temporality }, async (server, reader) => {
        const read = async () => {
          await asked(server)
          const { dataPoints } = durationsIn(await reader.read())
          return { count: dataPoints.reduce((sum, { value }) => sum + value.count, 0), dataPoints }
        }
        const first = await read()
        const second = await read()
        assert.deepEqual([first.count, second.count], counts)
        const start = (points: typeof first.dataPoints) => points[0]?.startTime as [number, number]
        const moved = String(start(first.dataPoints)) !== String(start(second.dataPoints))
        assert.equal(moved, temporality === 'delta')
      })
    }
  })

  const give = metricProducer as (options?: unknown) => unknown
  for (const [given, message] of [
    ['x', "metricProducer() takes an object of options, or nothing; 'x' was given"],
    [
      { buckets: [1] },
      "metricProducer() takes the options handlers, eventLoop, limits, temporality; 'buckets' was given"
    ],
    [{ temporality: 'low' }, "option temporality takes 'cumulative' or 'delta'; 'low' was given"]
  ] as const) {
    it(`says what it takes: ${message}`, () => {
      assert.throws(() => give(given), { name: 'TypeError', message })
      assert.deepEqual(restifyProbes.status().enabled, [])
    })
  }
})

describe('OTLP', withReceiver(), () => {
  it('arrives in a real receiver, under the names that scrapes have, each duration in its bucket', async () => {
    const receiver = await startReceiver()
    try {
      await producing(undefined, async (server, producer, waited) => {
        const exporter = new OTLPMetricExporter({ url: `${receiver.url}/opentelemetry/v1/metrics` })
        const reader = new PeriodicExportingMetricReader({
          exporter,
          metricProducers: [producer],
          exportIntervalMillis: 600_000
        })
        const provider = new MeterProvider({ readers: [reader] })
        await asked(server)
        await provider.forceFlush()
        await provider.shutdown()
        const requests = 'http_server_request_duration_seconds'
        await until(
          async () => (await receiver.query(`${requests}_count`)).length === 3,
          'the metrics arrived'
        )
        const answered = '{http_route="/wait/:ms",http_response_status_code="200"}'
        for (const [query, value] of [
          [`${requests}_count${answered}`, 5],
          [`${requests}_count{http_response_status_code="503",error_type="503"}`, 1],
          ['restify_handler_duration_seconds_count{handler="wait"}', 5],
          ['restify_handler_busy_seconds_count{handler="wait"}', 5],
          ['restify_metrics_overflow_total{bound="routes"}', 0]
        ] as const)
          assert.equal(await receiver.valueOf(query), value, query)
        for (const gauge of [
          'delay_p50_seconds',
          'delay_p99_seconds',
          'delay_max_seconds',
          'utilization_ratio'
        ])
          assert.equal((await receiver.query(`nodejs_eventloop_${gauge}`)).length, 1, gauge)
        // VictoriaMetrics calls a bucket by its two bounds.
        const buckets = await receiver.query('restify_handler_duration_seconds_bucket{handler="wait"}')
        const bounds = buckets.map(({ labels }) => (labels.vmrange as string).split('...').map(Number))
        for (const [index, ms] of WAITS.entries()) {
          const most = waited[index] as number
          const some = bounds.some(([low = 0, high = 0]) => ms / 1000 < high && low < most / 1000)
          assert.ok(some, `${ms} to ${most} ms lie in a bucket of ${JSON.stringify(bounds)}`)
        }
        for (const [low = 0, high = 0] of bounds) assert.ok(Math.abs(high / low - Math.SQRT2) < 0.001)
      })
    } finally {
      await receiver.stop()
    }
  })
})
