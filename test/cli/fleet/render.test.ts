import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as RenderModule from '../../../dist/cli/render/fleet'
import type { FleetRoute } from '../../../dist/cli/sources/prometheus/fleet'
import type * as WantedModule from '../../../dist/cli/sources/prometheus/fleet-query'
import { internal } from '../../support/cli'

const { fleetLines, fleetTable } = internal<typeof RenderModule>('render/fleet')
const { readWanted } = internal<typeof WantedModule>('sources/prometheus/fleet-query')

const wanted = readWanted({ prometheus: 'http://metrics:9090', match: 'job="shop"', routesOnly: false })

function route(path: string, more: Partial<FleetRoute> = {}): FleetRoute {
  return {
    method: 'GET',
    path,
    requestsPerSecond: 60,
    errorsPerSecond: 0,
    p50Ns: 49e6,
    p90Ns: 241e6,
    p99Ns: 969e6,
    timeShare: 0.69,
    handler: { name: 'comparePrices', location: 'routes/products.js:17', share: 0.8, busyShare: 0.02 },
    slowestInstance: {
      labels: { instance: '10.0.0.2:9464', pod: 'shop-6d9f-fghij' },
      meanNs: 350e6,
      medianNs: 70e6
    },
    before: { requestsPerSecond: 60, p50Ns: 30e6, p90Ns: 40e6, p99Ns: 48.45e6 },
    ...more
  }
}

function view(routes: FleetRoute[]) {
  return {
    wanted,
    sort: 'time' as const,
    fleet: { time: new Date(), instances: 3, histograms: 'classic' as const, routes }
  }
}

const TWO = [route('/cart', { timeShare: 0.31 }), route('/products/:id')]

describe('the table of a fleet', () => {
  it('names handler and instance of each route, the one that takes most time first', () => {
    const [title, summary, heading, ...rows] = fleetTable(view(TWO))
    assert.match(title ?? '', /^restify-probes top: http:\/\/metrics:9090, job="shop", \d\d:\d\d:\d\d$/)
    assert.equal(summary, '120 req/s  0 err/s  2 routes  3 instances  the last 300 s')
    assert.equal(
      heading,
      'ROUTE              REQ/S  ERR/S TIME%▾     P50    P90    P99  VS 1H SLOWEST HANDLER  OF ROUTE  BUSY SLOWEST INSTANCE  SPREAD'
    )
    assert.deepEqual(rows, [
      'GET /products/:id   60.0      0   69 % 49.0 ms 241 ms 969 ms    ×20 comparePrices        80 %   2 % shop-6d9f-fghij     ×5.0',
      'GET /cart           60.0      0   31 % 49.0 ms 241 ms 969 ms    ×20 comparePrices        80 %   2 % shop-6d9f-fghij     ×5.0'
    ])
  })

  for (const [width, height] of [
    [80, 24],
    [120, 40],
    [200, 50],
    [40, 6],
    [12, 6],
    [1, 1]
  ] as const)
    it(`fits into ${width}×${height}, with handler and instance wherever there is room`, () => {
      const many = Array.from({ length: 60 }, (_, index) => route(`/a/route/with/a/long/path/${index}/:id`))
      const lines = fleetLines(view(many), width, height)
      assert.equal(lines.length, height)
      for (const line of lines) assert.ok([...line].length <= width, line)
      if (width < 80) return
      assert.match(lines[2] ?? '', /^ROUTE .* P99 .*HANDLER .*INSTANCE /)
      assert.match(lines[3] ?? '', /comparePrices .*shop-6d9f-fghij/)
      assert.match(lines[height - 2] ?? '', new RegExp(`^… ${60 - (height - 5)} more routes$`))
    })

  it('leaves out what nothing is known of', () => {
    const [, , heading, row] = fleetTable(
      view([
        { ...route('/cart'), handler: undefined, slowestInstance: undefined, before: undefined } as never
      ])
    )
    assert.equal(heading, 'ROUTE      REQ/S  ERR/S TIME%▾     P50    P90    P99')
    assert.equal(row, 'GET /cart   60.0      0   69 % 49.0 ms 241 ms 969 ms')
  })

  it('calls requests that no route matched so, and an instance by its labels', () => {
    const [, , , row] = fleetTable(
      view([
        route('', {
          method: '',
          slowestInstance: { labels: { instance: 'node-3:9464', pid: '4711' }, meanNs: 1, medianNs: 0 }
        })
      ])
    )
    assert.match(row ?? '', /^\(no route\) .* node-3:9464 pid 4711$/)
  })

  it('shows nothing that would move the cursor', () => {
    const hostile = 'a\x1b[2Jb\nc'
    const lines = fleetTable(
      view([
        route(hostile, {
          handler: { name: hostile, location: '', share: 1 },
          slowestInstance: { labels: { pod: hostile }, meanNs: 1, medianNs: 1 }
        })
      ])
    )
    assert.doesNotMatch(lines.join(''), /\p{Cc}/u)
    assert.match(lines.at(-1) ?? '', /^GET a\\u001b\[2Jb\\u000ac .*a\\u001b/)
  })

  it('tells what may be wrong if there are no requests', () => {
    assert.match(
      fleetTable(view([]))[1] ?? '',
      /no requests, or fewer than two scrapes in that time \(--interval\)/
    )
  })
})
