import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Command, objects, run } from '../../support/cli'
import { historyOf, type Traffic } from '../../support/fleet-history'
import { Prometheus, RELEASES, withPrometheus } from '../../support/prometheus'

const SLOW_POD = 'shop-6d9f-fghij'
const PODS = ['shop-6d9f-abcde', SLOW_POD, 'shop-6d9f-klmno']

/** Prices are compared five times as slowly in one pod, and all take longer than an hour ago. */
const TRAFFIC: Traffic[] = [
  ...PODS.flatMap((pod, index): Traffic[] => {
    const instance = `10.0.0.${index + 1}:9464`
    const durations = [0.02, 0.03, 0.04, 0.2]
    return [
      {
        instance,
        pod,
        route: '/products/:id',
        perSecond: 20,
        durations: pod === SLOW_POD ? durations.map((duration) => duration * 5) : durations,
        earlierDurations: [0.02, 0.03, 0.03, 0.04],
        handlers: [
          { name: 'authenticate', share: 0.1, busyShare: 0.9 },
          { name: 'comparePrices', location: 'routes/products.js:17', share: 0.8, busyShare: 0.02 }
        ]
      },
      { instance, pod, route: '/products/:id', status: 503, perSecond: 0.5, durations: [0.003] },
      { instance, pod, route: '/products/:id', status: 444, perSecond: 0.25, durations: [0.003] },
      { instance, pod, route: '/products/:id', status: 404, perSecond: 0.25, durations: [0.003] },
      {
        instance,
        pod,
        method: 'POST',
        route: '/orders',
        perSecond: 1,
        durations: [0.6],
        handlers: [{ name: 'chargeCard', share: 0.95, busyShare: 0.99 }]
      }
    ]
  }),
  // This instance had one request in a hundred seconds, which took long: of that nothing follows.
  { instance: '10.0.0.9:9464', route: '/products/:id', perSecond: 0.01, durations: [9] },
  { instance: 'cart-1:9464', job: 'cart', route: '/cart', perSecond: 5, durations: [0.001] }
]

interface Row {
  time: string
  method: string
  path: string
  instances: number
  requestsPerSecond: number
  errorsPerSecond: number
  p50Ns: number
  p90Ns: number
  p99Ns: number
  timeShare: number
  slowestHandler: { name: string; location?: string; share: number; busyShare: number }
  slowestInstance: { labels: Record<string, string>; meanNs: number; medianNs: number }
  hourBefore: { requestsPerSecond: number; p50Ns: number; p99Ns: number }
}

/** Rates are extrapolated to the ends of their stretch of time, which grow away from the last sample. */
function assertNear(actual: number, expected: number, part = 0.2): void {
  assert.ok(Math.abs(actual - expected) <= expected * part, `${actual} is not near ${expected}`)
}

for (const release of RELEASES)
  describe(`top --prometheus with ${release.name}`, withPrometheus(), () => {
    let prometheus: Prometheus
    const top = (...words: string[]) =>
      run(['top', '--prometheus', prometheus.url, '--duration', '0.5', ...words])
    const rows = async (...words: string[]) => objects<Row>((await top('--json', ...words)).stdout)

    before(async () => {
      prometheus = await Prometheus.start({ release, history: historyOf(TRAFFIC, Date.now()) })
    })
    after(() => prometheus.end())

    it('tells rates, errors and the part of the time that each route takes', async () => {
      const all = await rows('--match', 'job="shop"')
      assert.deepEqual(
        all.map(({ method, path }) => `${method} ${path}`),
        ['GET /products/:id', 'POST /orders']
      )
      const [products, orders] = all as [Row, Row]
      assert.equal(products.instances, 4)
      assertNear(products.requestsPerSecond, 63.01)
      assertNear(products.errorsPerSecond, 2.25)
      assert.equal(orders.errorsPerSecond, 0)
      assertNear(products.timeShare + orders.timeShare, 1, 1e-9)
      assertNear(orders.timeShare, (3 * 0.6) / (3 * 0.6 + 20 * 7 * 0.0725), 0.1)
    })

    it('tells the same quantiles as PromQL', async () => {
      const [products] = (await rows('--match', 'job="shop"')) as [Row]
      for (const [part, ns] of [
        [0.5, products.p50Ns],
        [0.9, products.p90Ns],
        [0.99, products.p99Ns]
      ] as const) {
        const [answer] = await prometheus.query(
          `histogram_quantile(${part}, sum by (le) (rate(http_server_request_duration_seconds_bucket{http_route="/products/:id"}[300s])))`,
          products.time
        )
        assertNear(ns / 1e9, Number(answer?.value[1]), 1e-6)
      }
    })

    it('names the handler in which the time goes, and whether it waits or holds the event loop', async () => {
      const [products, orders] = (await rows('--match', 'job="shop"')) as [Row, Row]
      const { share, busyShare, ...handler } = products.slowestHandler
      assert.deepEqual(handler, { name: 'comparePrices', location: 'routes/products.js:17' })
      assertNear(share, 0.8, 0.05)
      assertNear(busyShare, 0.02, 0.05)
      assert.equal(orders.slowestHandler.name, 'chargeCard')
      assertNear(orders.slowestHandler.busyShare, 0.99, 0.01)
    })

    it('names the slowest pod, and none that had hardly a request', async () => {
      const [products] = (await rows('--match', 'job="shop"')) as [Row]
      assert.deepEqual(products.slowestInstance.labels, { instance: '10.0.0.2:9464', pod: SLOW_POD })
      assertNear(products.slowestInstance.meanNs, (20 * 0.3625e9) / 21, 0.02)
      assertNear(products.slowestInstance.medianNs, (20 * 0.0725e9) / 21, 0.02)
    })

    it('tells what it was an hour before', async () => {
      const [products, orders] = (await rows('--match', 'job="shop"')) as [Row, Row]
      assertNear(products.hourBefore.requestsPerSecond, 63)
      assert.ok(products.hourBefore.p99Ns < 60e6, String(products.hourBefore.p99Ns))
      assertNear(orders.hourBefore.p99Ns, orders.p99Ns, 0.01)
      const { stdout } = await top('--match', 'job="shop"')
      assert.match(stdout, /GET \/products\/:id .* ×(1|2)\d comparePrices .* shop-6d9f-fghij/)
    })

    it('prints a table with the order that was asked for', async () => {
      const { stdout, stderr, code } = await top('--sort', 'spread', '--match', 'job=~shop|cart')
      assert.equal(code, 0)
      assert.equal(stderr, `restify-probes: asking ${prometheus.url}, job=~"shop|cart"\n`)
      const lines = stdout.split('\n')
      assert.match(lines[1] ?? '', /3 routes {2}5 instances {2}the last 300 s$/)
      assert.match(lines[2] ?? '', /SLOWEST INSTANCE +SPREAD▾$/)
      assert.match(lines[3] ?? '', /^GET \/products\/:id /)
    })

    it('asks for one route only, and for no handlers and instances', async () => {
      const [only, ...others] = (await rows('--route', 'POST /orders', '--routes')) as [Row]
      assert.equal(only.path, '/orders')
      assert.deepEqual(others, [])
      assert.deepEqual([only.slowestHandler, only.slowestInstance], [null, null])
    })

    it('says which jobs there are if none is meant', async () => {
      const { code, stderr } = await top('--match', 'job="shap"')
      assert.equal(code, 1)
      assert.match(
        stderr,
        /no series of http_server_request_duration_seconds has job="shap"\nJobs that have some: /
      )
      assert.match(stderr, /shop/)
    })

    it('passes on what Prometheus says of a wrong pattern', async () => {
      const { code, stderr } = await top('--match', 'job=~"(("')
      assert.equal(code, 1)
      assert.match(
        stderr,
        /does not understand what is asked: .*error parsing regexp.*\nIf the mistake is in --match/
      )
    })

    it('says so if too short a time is looked at', async () => {
      const { code, stdout } = await top('--interval', '0.1')
      assert.equal(code, 0)
      assert.match(stdout, /no requests, or fewer than two scrapes in that time/)
    })
  })

describe('top --prometheus', withPrometheus(), () => {
  it('says what to do where no app is scraped', async () => {
    const prometheus = await Prometheus.start()
    try {
      const { code, stderr } = await run(['top', '--prometheus', prometheus.url])
      assert.equal(code, 1)
      assert.match(
        stderr,
        /has no series of http_server_request_duration_seconds\nApps expose it by restify-probes\/prometheus/
      )
    } finally {
      await prometheus.end()
    }
  })

  it('outlasts a Prometheus that is restarted', async () => {
    const history = historyOf(TRAFFIC, Date.now())
    const first = await Prometheus.start({ history })
    const command = new Command(['top', '--prometheus', first.url, '--interval', '60', '--json'])
    await command.printed(/"path":"\/orders"/, 'stdout')
    await first.end()
    await command.printed(/can't be reached: ECONNREFUSED/)
    command.stdout = ''
    const second = await Prometheus.start({
      history: historyOf(TRAFFIC, Date.now()),
      port: Number(new URL(first.url).port)
    })
    try {
      await command.printed(/"path":"\/orders"/, 'stdout')
      const { code, stderr } = await command.end('SIGINT')
      assert.equal(code, 0)
      assert.equal(stderr.match(/can't be reached/g)?.length, 1)
    } finally {
      await second.end()
    }
  })
})
