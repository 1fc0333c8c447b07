import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { objects, ROOT, run } from '../support/cli'
import { Prometheus, RELEASES, withPrometheus } from '../support/prometheus'
import { FleetShop } from './support/shops'

const SECONDS = 12
/** Values of one bucket differ by less: there are two buckets for each doubling. */
const BUCKET = Math.SQRT2

const RULES = path.join(ROOT, 'examples', 'fleet', 'recording-rules.yml')

const CLASSIC_ONLY = 'job_route_le:http_server_request_duration_seconds_bucket:rate5m'

interface Row {
  time: string
  path: string
  requestsPerSecond: number
  p50Ns: number
  p99Ns: number
  slowestHandler: { name: string; busyShare: number }
  slowestInstance: { labels: { pod: string } }
}

for (const release of RELEASES)
  for (const histograms of ['classic', 'native'] as const)
    describe(`a fleet that ${release.name} scrapes, ${histograms} histograms`, withPrometheus(), () => {
      const shops: FleetShop[] = []
      let prometheus: Prometheus

      before(async () => {
        for (const slow of [1, 10, 1]) shops.push(await FleetShop.start(slow))
        const pods = shops.map(({ host }, index) => ({ targets: [host], labels: { pod: `shop-${index}` } }))
        prometheus = await Prometheus.start({
          release,
          config: JSON.stringify({
            global: { scrape_interval: '1s', evaluation_interval: '1s' },
            rule_files: [RULES],
            scrape_configs: [{ job_name: 'shop', static_configs: pods }]
          }),
          flags: histograms === 'native' ? ['--enable-feature=native-histograms'] : []
        })
        const over = Date.now() + SECONDS * 1000
        await Promise.all(
          shops.map(async (shop) => {
            for (let i = 0; Date.now() < over; i++) await Promise.all([shop.visit(i), setTimeout(100)])
          })
        )
      })

      after(async () => {
        await prometheus.end()
        await Promise.all(shops.map((shop) => shop.stop()))
      })

      it('are stored so', async () => {
        const buckets = await prometheus.query('http_server_request_duration_seconds_bucket')
        const series = await prometheus.query('http_server_request_duration_seconds')
        assert.equal(buckets.length > 0, histograms === 'classic')
        assert.equal(series.length > 0, histograms === 'native')
      })

      it('top --prometheus names the slow pod, and the handlers that wait and that hold the event loop', async () => {
        const words = ['--prometheus', prometheus.url, '--interval', '10', '--duration', '0.1', '--json']
        const { stdout, stderr } = await run(['top', ...words])
        const rows = new Map(objects<Row>(stdout).map((row) => [row.path, row]))
        const products = rows.get('/products/:id')
        const orders = rows.get('/orders')
        assert.ok(products && orders, stderr)
        assert.equal(products.slowestHandler.name, 'comparePrices')
        assert.ok(products.slowestHandler.busyShare < 0.2, stdout)
        assert.equal(products.slowestInstance.labels.pod, 'shop-1')
        assert.equal(orders.slowestHandler.name, 'signReceipt')
        assert.ok(orders.slowestHandler.busyShare > 0.8, stdout)
        // The slow pod takes 100 ms for each, and the others 10.
        assert.ok(products.p99Ns > 100e6 / BUCKET, stdout)
        for (const [part, ns] of [
          [0.5, products.p50Ns],
          [0.99, products.p99Ns]
        ] as const) {
          const selector = '{http_route="/products/:id"}[10s]'
          const rates =
            histograms === 'native'
              ? `sum(rate(http_server_request_duration_seconds${selector}))`
              : `sum by (le) (rate(http_server_request_duration_seconds_bucket${selector}))`
          const [answer] = await prometheus.query(`histogram_quantile(${part}, ${rates})`, products.time)
          const ratio = ns / 1e9 / Number(answer?.value[1])
          // Within a bucket of native ones the two releases spread values each in their way.
          const most = histograms === 'native' ? BUCKET : 1.001
          assert.ok(ratio < most && ratio > 1 / most, `${ns} ns, and PromQL has ${answer?.value[1]} s`)
        }
      })

      it('has as many series as docs/fleet.md says', async () => {
        const count = async (selector: string) =>
          Number((await prometheus.query(`count(${selector})`))[0]?.value[1] ?? 0)
        const series = await count('{__name__=~"(http_server_request|restify_handler)_.+"}')
        const part = histograms === 'native' ? '' : '_count'
        const ofRequests = await count(`http_server_request_duration_seconds${part}`)
        const ofHandlers = await count(`restify_handler_duration_seconds${part}`)
        // The routes of visits, /metrics, and their handlers, on three instances.
        assert.equal(ofRequests, 4 * 3)
        assert.equal(ofHandlers, (1 + 4 + 2 + 2) * 3)
        assert.equal(
          series,
          histograms === 'native' ? ofRequests + 3 * ofHandlers : 17 * ofRequests + 19 * ofHandlers
        )
      })

      it('is recorded by every rule', async () => {
        const rules = await recordingRules(prometheus)
        assert.equal(rules.length, 12)
        for (const rule of rules) {
          const isOfOtherKind = rule === CLASSIC_ONLY && histograms === 'native'
          assert.equal((await prometheus.query(rule)).length > 0, !isOfOtherKind, rule)
        }
      })
    })

/** The recording rules, as Prometheus has read them. */
async function recordingRules({ url }: Prometheus): Promise<string[]> {
  const answer = await fetch(`${url}/api/v1/rules?type=record`)
  const { data } = (await answer.json()) as {
    data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] }
  }
  const rules = data.groups.flatMap((group) => group.rules)
  for (const { name, health, lastError } of rules) assert.equal(health, 'ok', `${name}: ${lastError}`)
  return rules.map(({ name }) => name)
}
