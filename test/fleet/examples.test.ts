import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ROOT } from '../support/cli'
import { historyOf, type Traffic } from '../support/fleet-history'
import { Prometheus, promtool, RELEASES, withPrometheus } from '../support/prometheus'
import { AlertTest } from './support/alert-test'
import { dashboardQueries } from './support/dashboard'

const FOLDER = path.join(ROOT, 'examples', 'fleet')
const RULES = ['recording-rules.yml', 'alerting-rules.yml'].map((file) => path.join(FOLDER, file))

const TRAFFIC: Traffic[] = ['shop-a', 'shop-b', 'shop-c'].flatMap((pod): Traffic[] => [
  {
    instance: `${pod}:8080`,
    pod,
    route: '/products/:id',
    perSecond: 20,
    durations: [0.02, 0.03, 0.2],
    handlers: [{ name: 'comparePrices', location: 'routes/products.js:17', share: 0.8, busyShare: 0.02 }]
  },
  { instance: `${pod}:8080`, pod, route: '/products/:id', status: 503, perSecond: 1, durations: [0.003] }
])

for (const release of RELEASES)
  describe(`examples/fleet with ${release.name}`, withPrometheus(), () => {
    it('has configuration and rules that promtool finds right', () => {
      assert.match(
        promtool(release, 'check', 'config', path.join(FOLDER, 'prometheus.yml')),
        /2 rule files found/
      )
      const told = promtool(release, 'check', 'rules', ...RULES)
      for (const count of [12, 6]) assert.match(told, new RegExp(`SUCCESS: ${count} rules found`))
    })

    describe('the dashboard', () => {
      let prometheus: Prometheus

      before(async () => {
        const now = Date.now()
        prometheus = await Prometheus.start({ release, history: historyOf(TRAFFIC, now) })
        // Rules that are made of others find what these have recorded the second time.
        for (let i = 0; i < 2; i++) await prometheus.recordSince(now - 2 * 3600 * 1000, RULES[0] as string)
      })
      after(() => prometheus.end())

      for (const { title, expression } of dashboardQueries(path.join(FOLDER, 'dashboard.json')))
        it(`has something to show: ${title}: ${expression}`, async () => {
          const found = await prometheus.query(expression)
          assert.ok(found.length > 0)
          for (const { value } of found) assert.ok(Number.isFinite(Number(value[1])), JSON.stringify(value))
        })
    })

    describe('alerts', () => {
      const test = new AlertTest(release, RULES)
      const route = { job: 'shop', http_request_method: 'GET', http_route: '/products/:id' }
      const pod = (name: string) => ({ job: 'shop', instance: `${name}:8080`, pod: name })

      it('tell of errors, and not of a few', () => {
        const series = (bad: number) => [
          test.counter(
            'http_server_request_duration_seconds_count',
            { ...route, http_response_status_code: '200' },
            10
          ),
          test.counter(
            'http_server_request_duration_seconds_count',
            { ...route, http_response_status_code: '503' },
            bad
          )
        ]
        test.fires('RouteHasErrors', series(1), [{ ...route, severity: 'critical' }])
        test.fires('RouteHasErrors', series(0.4), [])
      })

      it('tell of a route that is slower than an hour ago', () => {
        const series = (later: string) => [
          test.counter('http_server_request_duration_seconds_count', route, 10),
          ...['0.1', '1', '+Inf'].map((le) => {
            const name = `http_server_request_duration_seconds_bucket${test.labels({ ...route, le })}`
            return { series: name, values: le === '0.1' ? `0+600x120 ${later}` : '0+600x240' }
          })
        ]
        test.fires(
          'RouteIsSlowerThanAnHourAgo',
          series('72000+0x120'),
          [{ ...route, severity: 'warning' }],
          150
        )
        test.fires('RouteIsSlowerThanAnHourAgo', series('72600+600x119'), [], 150)
      })

      it('tell of an instance that is slower than the others', () => {
        const series = (slow: number) =>
          ['a', 'b', 'c'].flatMap((name) => [
            test.counter('http_server_request_duration_seconds_count', pod(name), 10),
            test.counter('http_server_request_duration_seconds_sum', pod(name), name === 'b' ? slow : 1)
          ])
        test.fires('InstanceIsSlowerThanOthers', series(5), [{ ...pod('b'), severity: 'warning' }])
        test.fires('InstanceIsSlowerThanOthers', series(2), [])
      })

      it('tell of a handler that holds the event loop, and of a late one', () => {
        const handler = { ...pod('a'), http_route: '/orders', handler: 'sign', location: 'sign.js:3' }
        const series = (part: number) => [test.counter('restify_handler_busy_seconds_sum', handler, part)]
        test.fires('HandlerHoldsEventLoop', series(0.7), [{ ...handler, severity: 'warning' }])
        test.fires('HandlerHoldsEventLoop', series(0.3), [])
        const late = (seconds: number) => [
          test.gauge('nodejs_eventloop_delay_p99_seconds', pod('a'), seconds)
        ]
        test.fires('EventLoopIsLate', late(0.3), [{ ...pod('a'), severity: 'warning' }])
        test.fires('EventLoopIsLate', late(0.1), [])
      })

      it('tell that there is no room for more series', () => {
        const labels = { job: 'shop', bound: 'routes' }
        const series = (perSecond: number) => [
          test.counter('restify_metrics_overflow_total', labels, perSecond)
        ]
        test.fires('MetricsHaveNoRoom', series(1), [{ ...labels, severity: 'info' }])
        test.fires('MetricsHaveNoRoom', series(0), [])
      })
    })

    it('scrapes pods as their annotations say', async () => {
      const config = readFileSync(path.join(FOLDER, 'kubernetes', 'prometheus.yml'), 'utf8')
      // Prometheus finds itself, as the API of Kubernetes would tell of a pod.
      const prometheus = await Prometheus.start({ release })
      const { port } = new URL(prometheus.url)
      const pods = [
        { app: 'shop', scrape: 'true', name: 'shop-1' },
        { app: 'shop', scrape: 'false', name: 'shop-2' },
        { app: 'restify-probes-export', scrape: 'true', name: 'restify-probes-export-x' }
      ].map(({ app, scrape, name }) => ({
        targets: ['127.0.0.1:1'],
        labels: {
          __meta_kubernetes_pod_annotation_prometheus_io_scrape: scrape,
          __meta_kubernetes_pod_annotation_prometheus_io_port: port,
          __meta_kubernetes_pod_annotation_prometheus_io_path: '/metrics',
          __meta_kubernetes_pod_label_app_kubernetes_io_name: app,
          __meta_kubernetes_namespace: 'eu',
          __meta_kubernetes_pod_name: name,
          __meta_kubernetes_pod_node_name: 'node-1'
        }
      }))
      const found = /kubernetes_sd_configs:\n +- role: pod\n/g
      assert.match(config, found)
      let other: Prometheus | undefined
      try {
        other = await Prometheus.start({
          release,
          config: config
            .replace(found, `static_configs: ${JSON.stringify(pods)}\n`)
            .replace('scrape_interval: 15s', 'scrape_interval: 1s')
            .replace(/rule_files:\n(?: +- .*\n)+/, '')
        })
        await other.has('up{job="shop"} == 1')
        await other.has('up{job="restify-probes-export"} == 1')
        const labels = (await other.query('up')).map(({ metric }) => metric)
        assert.equal(labels.length, 2)
        assert.deepEqual(
          labels.find(({ job }) => job === 'shop'),
          { __name__: 'up', instance: `127.0.0.1:${port}`, job: 'shop', namespace: 'eu', pod: 'shop-1' }
        )
        // Its series have the labels of pods already, and these must stay.
        assert.deepEqual(
          labels.find(({ job }) => job !== 'shop'),
          { __name__: 'up', instance: 'node-1', job: 'restify-probes-export' }
        )
      } finally {
        await other?.end()
        await prometheus.end()
      }
    })
  })

describe('the rules', () => {
  it('are wrong if one bracket is missing: promtool says so', withPrometheus(), () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'rules-'))
    const file = path.join(folder, 'rules.yml')
    writeFileSync(file, readFileSync(RULES[0] as string, 'utf8').replace('[5m]', '[5m'))
    assert.throws(() => promtool(RELEASES[0] as never, 'check', 'rules', file))
    rmSync(folder, { recursive: true })
  })
})
