import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as DistributionModule from '../../dist/figures/distribution'
import type * as GridModule from '../../dist/figures/grid'
import type * as BoundariesModule from '../../dist/metrics/boundaries'
import type * as AcceptModule from '../../dist/metrics/exposition/accept'
import type * as ExpositionModule from '../../dist/metrics/exposition/exposition'
import type * as TextModule from '../../dist/metrics/exposition/text'
import type * as FamiliesModule from '../../dist/metrics/families'
import type * as RowsModule from '../../dist/metrics/rows'
import type * as SnapshotModule from '../../dist/metrics/snapshot'
import { internal } from '../support/cli'
import { missing, skipFor } from '../support/compulsory'
import { assertMetrics } from '../support/promtool'

const { Distribution } = internal<typeof DistributionModule>('../figures/distribution')
const { SECONDS } = internal<typeof GridModule>('../figures/grid')
const { HTTP_BOUNDARIES, beginOf, interpolated } = internal<typeof BoundariesModule>('../metrics/boundaries')
const { formatFor } = internal<typeof AcceptModule>('../metrics/exposition/accept')
const { expose } = internal<typeof ExpositionModule>('../metrics/exposition/exposition')
const { formatBound } = internal<typeof TextModule>('../metrics/exposition/text')
const { EVENT_LOOP_DELAY } = internal<typeof FamiliesModule>('../metrics/families')
const { addHandlers, addOverflow, addRequests, durationsOf } = internal<typeof RowsModule>('../metrics/rows')
const { Snapshot } = internal<typeof SnapshotModule>('../metrics/snapshot')

function durations(...seconds: number[]) {
  const distribution = new Distribution(SECONDS)
  for (const each of seconds) distribution.record(each * 1e9)
  return durationsOf(distribution)
}

/** One request, one handler and a gauge of one process, with what has to be escaped in labels. */
function small() {
  const snapshot = new Snapshot([0.25, 1], 1_700_000_000_500, ['pid'])
  const of = { method: 'GET', route: '/a"b\\c\nd/:id' }
  addRequests(snapshot, { ...of, status: 200, durations: durations(0.125, 0.5, 3) }, ['7'])
  addHandlers(
    snapshot,
    { ...of, name: 'handler-2', location: '', durations: durations(0.125), busy: 0.0625 },
    ['7']
  )
  addOverflow(snapshot, 'routes', 0, ['7'])
  snapshot.value(EVENT_LOOP_DELAY.p99, ['7']).value = 0.003
  return snapshot
}

const textOf = (snapshot: SnapshotModule.Snapshot, format: 'text' | 'openmetrics' = 'text') =>
  expose(snapshot, format).body.toString()

describe('metrics', () => {
  it('are written as Prometheus reads text', () => {
    const of = 'http_request_method="GET",http_route="/a\\"b\\\\c\\nd/:id"'
    const request = `${of},http_response_status_code="200",pid="7"`
    const handler = `${of},handler="handler-2",pid="7"`
    assert.deepEqual(
      textOf(small())
        .split('\n')
        .filter((line) => !line.startsWith('# HELP')),
      [
        '# TYPE http_server_request_duration_seconds histogram',
        `http_server_request_duration_seconds_bucket{${request},le="0.25"} 1`,
        `http_server_request_duration_seconds_bucket{${request},le="1.0"} 2`,
        `http_server_request_duration_seconds_bucket{${request},le="+Inf"} 3`,
        `http_server_request_duration_seconds_sum{${request}} 3.625`,
        `http_server_request_duration_seconds_count{${request}} 3`,
        '# TYPE restify_handler_duration_seconds histogram',
        `restify_handler_duration_seconds_bucket{${handler},le="0.25"} 1`,
        `restify_handler_duration_seconds_bucket{${handler},le="1.0"} 1`,
        `restify_handler_duration_seconds_bucket{${handler},le="+Inf"} 1`,
        `restify_handler_duration_seconds_sum{${handler}} 0.125`,
        `restify_handler_duration_seconds_count{${handler}} 1`,
        '# TYPE restify_handler_busy_seconds summary',
        `restify_handler_busy_seconds_sum{${handler}} 0.0625`,
        `restify_handler_busy_seconds_count{${handler}} 1`,
        '# TYPE restify_metrics_overflow_total counter',
        'restify_metrics_overflow_total{bound="routes",pid="7"} 0',
        '# TYPE nodejs_eventloop_delay_p99_seconds gauge',
        'nodejs_eventloop_delay_p99_seconds{pid="7"} 0.003',
        ''
      ]
    )
  })

  it('are written as OpenMetrics: with units, counters named without _total, and an end', () => {
    const lines = textOf(small(), 'openmetrics').split('\n')
    assert.ok(lines.includes('# UNIT http_server_request_duration_seconds seconds'))
    assert.ok(lines.includes('# TYPE restify_metrics_overflow counter'))
    assert.ok(lines.includes('restify_metrics_overflow_total{bound="routes",pid="7"} 0'))
    assert.deepEqual(lines.slice(-2), ['# EOF', ''])
  })

  it('of the same labels are added up, such as those of a nameless function at several positions', () => {
    const snapshot = new Snapshot([1], 0)
    for (const name of ['handler-2', 'handler-3'])
      addHandlers(snapshot, {
        method: 'GET',
        route: '/',
        name,
        location: 'a.js:1',
        durations: durations(0.5, 2)
      })
    assert.match(textOf(snapshot), /handler="a.js:1",location="a.js:1",le="1.0"} 2\n.*le="\+Inf"} 4\n/)
  })

  it('pass promtool check metrics', skipFor(missing(['promtool'])), () => {
    assertMetrics(textOf(small()))
  })
})

describe('classic buckets that were not counted', () => {
  it('are exact where a boundary is a power of √2 of a second, and never fall nor shrink elsewhere', () => {
    const rising = Array.from({ length: 200 }, (_, i) => 0.0001 * 1.06 ** i)
    const boundaries = [0.001, 0.003, 2 ** -6, 0.02, 0.021, 0.022, 0.25, 1, 7.5]
    let before = boundaries.map(() => 0)
    for (let n = 1; n <= rising.length; n++) {
      const some = rising.slice(0, n)
      const now = interpolated(durations(...some).places, boundaries)
      for (const i of boundaries.keys()) {
        assert.ok((now[i] as number) >= (before[i] as number))
        assert.ok(i === 0 || (now[i] as number) >= (now[i - 1] as number))
      }
      for (const exact of [2 ** -6, 0.25, 1])
        assert.equal(now[boundaries.indexOf(exact)], some.filter((each) => each <= exact).length)
      before = now
    }
  })

  it('lie within their bucket', () => {
    const places = Array.from(
      durations(...HTTP_BOUNDARIES.flatMap((each) => [each * 0.99, each * 1.01])).places
    )
    const now = interpolated(places, HTTP_BOUNDARIES)
    HTTP_BOUNDARIES.forEach((boundary, i) => {
      const below = places.reduce((sum, n, place) => sum + (beginOf(place + 1) <= boundary ? n : 0), 0)
      const above = places.reduce((sum, n, place) => sum + (beginOf(place) < boundary ? n : 0), 0)
      assert.ok((now[i] as number) >= below && (now[i] as number) <= above)
    })
  })
})

describe('the format that a scraper gets', () => {
  const protobuf =
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'
  for (const [title, accept, format] of [
    ['curl', '*/*', 'text'],
    ['nothing asked for', undefined, 'text'],
    ['a browser', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text'],
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics'
    ],
    [
      'Prometheus 2.42 that takes native histograms',
      `${protobuf},application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      'protobuf'
    ],
    ['another encoding of protobuf', `${protobuf.replace('delimited', 'text')};q=1,text/plain;q=0.5`, 'text'],
    ['a scraper that refuses one', `${protobuf};q=0,text/plain;q=0.1`, 'text']
  ] as const) {
    it(`is ${format} for ${title}`, () => {
      assert.equal(formatFor(accept), format)
    })
  }
})

it('bounds are written as Go writes them', () => {
  assert.deepEqual([0.005, 1, 250, 1e6, 12_500_000, 0.00005, 0.0001].map(formatBound), [
    '0.005',
    '1.0',
    '250.0',
    '1e+06',
    '1.25e+07',
    '5e-05',
    '0.0001'
  ])
})
