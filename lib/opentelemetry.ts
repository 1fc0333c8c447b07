import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics'
import { packageVersion } from './aggregate/socket/description'
import restifyProbes from './index.js'
import { AppMetrics } from './metrics/app/app-metrics'
import type { Controls } from './metrics/app/controls'
import { controlsOf } from './metrics/app/controls-of'
import type { MetricsOptions } from './metrics/app/options'
import { runtimeOf } from './metrics/app/runtime'
import { readMetricsOptions } from './metrics/app/settings'
import { metricDataOf, type Temporality } from './metrics/opentelemetry/metric-data'
import { wrong } from './wrong-option'

/** The options of {@link metricProducer}. */
export interface Options extends MetricsOptions {
  /**
   * `cumulative`, unless given: each reading tells all since the start. `delta`, as some vendors want it:
   * each reading tells what came since the last one, so that one reader must have the producer to itself.
   */
  temporality?: 'cumulative' | 'delta'
}

/** The metrics of all apps of this thread that have `restifyProbes()`, for one or more of OpenTelemetry's readers. */
export interface Producer extends MetricProducer, Controls {}

/**
 * A producer of metrics for any reader of OpenTelemetry's SDK: durations of requests by route and status, and of handlers,
 * as exponential histograms, named by the semantic conventions. From this call on all requests are traced, and added up
 * in memory.
 *
 * @throws TypeError for an option that it does not take, or a value that an option does not take
 *
 * @example
 * const reader = new PeriodicExportingMetricReader({ exporter, metricProducers: [metricProducer()] })
 * new MeterProvider({ readers: [reader] })
 */
export function metricProducer(options?: Options): Producer {
  const settings = readMetricsOptions('metricProducer()', options, ['temporality'])
  const temporality = readTemporality(options)
  const runtime = runtimeOf(restifyProbes)
  // Exponential histograms have no boundaries of anybody's choice.
  const app = new AppMetrics({ ...settings, buckets: [] }, (consumer) => runtime.addConsumer(consumer))
  const scope = { name: 'restify-probes', version: packageVersion() }
  return {
    async collect() {
      const metrics = metricDataOf(app.snapshot(), temporality)
      if (temporality === 'delta') app.reset()
      return { resourceMetrics: { resource: NO_RESOURCE, scopeMetrics: [{ scope, metrics }] }, errors: [] }
    },
    ...controlsOf(app)
  }
}

type Resource = CollectionResult['resourceMetrics']['resource']

/** A reader takes the resource of its own SDK. */
const NO_RESOURCE: Resource = {
  attributes: {},
  merge: (other) => other ?? NO_RESOURCE,
  getRawAttributes: () => []
}

function readTemporality(options: Options = {}): Temporality {
  const { temporality = 'cumulative' } = options
  if (temporality !== 'cumulative' && temporality !== 'delta')
    throw wrong('option temporality', "'cumulative' or 'delta'", temporality)
  return temporality
}
