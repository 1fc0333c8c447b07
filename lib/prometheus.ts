import type { IncomingMessage, ServerResponse } from 'node:http'
import restifyProbes from './index.js'
import { AppMetrics } from './metrics/app/app-metrics'
import type { Controls } from './metrics/app/controls'
import { controlsOf } from './metrics/app/controls-of'
import type { MetricsOptions } from './metrics/app/options'
import { runtimeOf } from './metrics/app/runtime'
import { type MetricsSettings, readMetricsOptions } from './metrics/app/settings'
import { FAMILIES } from './metrics/families'
import { OneReading, RegisteredMetric } from './metrics/prometheus/registered'
import type { Registry } from './metrics/prometheus/registry'
import { Scrapes } from './metrics/prometheus/scrapes'
import { wrong } from './wrong-option'

/** The options of {@link metrics} and {@link register}. */
export interface Options extends MetricsOptions {
  /**
   * The boundaries of classic buckets, in seconds, rising; those that OpenTelemetry advises for HTTP, 0.005 to 10,
   * unless given. Native histograms have two buckets for each doubling, whatever is given here.
   */
  buckets?: readonly number[]
}

/** Answers scrapers, as a handler of Express, Connect or `node:http`. */
export interface MetricsHandler extends Controls {
  (req: IncomingMessage, res: ServerResponse): void
}

/**
 * A handler that answers Prometheus with the durations of requests by route and status, and of handlers. From this call
 * on all requests are traced, and added up in memory. The scraper's Accept header chooses between text, OpenMetrics,
 * and the protobuf format with native histograms.
 *
 * @throws TypeError for an option that it does not take, or a value that an option does not take
 *
 * @example
 * app.use(restifyProbes())
 * app.get('/metrics', metrics())
 */
export function metrics(options?: Options): MetricsHandler {
  const app = start('metrics()', options)
  const scrapes = new Scrapes(() => app.snapshot())
  return Object.assign(function metrics(req: IncomingMessage, res: ServerResponse) {
    void scrapes.answer(req, res)
  }, controlsOf(app))
}

/**
 * Puts the same metrics into a registry of prom-client's, which reads them when it is read itself. In a cluster,
 * prom-client's `AggregatorRegistry` adds up what the workers' registries hold.
 *
 * @throws TypeError for what is no registry, for an option that it does not take, or a value that an option does not take
 * @throws Error if the registry has metrics of these names already
 *
 * @example
 * register(require('prom-client').register)
 */
export function register(registry: Registry, options?: Options): Controls {
  if (!isRegistry(registry)) throw wrong('register()', "a registry of prom-client's", registry)
  for (const { name } of FAMILIES) {
    if (registry.getSingleMetric(name) !== undefined)
      throw new Error(
        `the registry has a metric ${name} already; register() can be called once for each registry`
      )
  }
  const app = start('register()', options)
  const reading = new OneReading(app)
  for (const family of FAMILIES) registry.registerMetric(new RegisteredMetric(family, reading))
  const controls = controlsOf(app)
  return {
    ...controls,
    stop() {
      for (const { name } of FAMILIES) registry.removeSingleMetric(name)
      controls.stop()
    }
  }
}

export type { Controls } from './metrics/app/controls'
export type { Registry } from './metrics/prometheus/registry'

function start(what: string, options: unknown): AppMetrics {
  const settings: MetricsSettings = readMetricsOptions(what, options, ['buckets'])
  const runtime = runtimeOf(restifyProbes)
  return new AppMetrics(settings, (consumer) => runtime.addConsumer(consumer))
}

function isRegistry(value: unknown): value is Registry {
  return (['registerMetric', 'getSingleMetric', 'removeSingleMetric'] as const).every(
    (method) => typeof (value as Registry | null | undefined)?.[method] === 'function'
  )
}
