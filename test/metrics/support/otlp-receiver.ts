import { existsSync } from 'node:fs'
import path from 'node:path'
import { skipFor } from '../../support/compulsory'
import { TimeSeriesDatabase } from './time-series-database'

const TRACERS = process.env.RESTIFY_PROBES_TRACERS ?? '/var/cache/restify-probes'

/** Debian's Prometheus is built without its receiver of OTLP; Debian 13 has another that takes OTLP and PromQL. */
const VICTORIA_METRICS = path.join(TRACERS, 'trixie/usr/bin/victoria-metrics')

/** Options for tests that need a receiver of OTLP. */
export function withReceiver(): { skip: string | false } {
  return skipFor(
    existsSync(VICTORIA_METRICS) ? undefined : `${VICTORIA_METRICS} is not there; .ci/tracers puts it there`
  )
}

/** VictoriaMetrics, which takes OTLP at `/opentelemetry/v1/metrics`, and names metrics as Prometheus does. */
export function startReceiver(): Promise<TimeSeriesDatabase> {
  return TimeSeriesDatabase.start(VICTORIA_METRICS, '/health', (folder, address) => [
    `-httpListenAddr=${address}`,
    `-storageDataPath=${folder}`,
    '-opentelemetry.usePrometheusNaming',
    // Figures that have arrived are shown at once.
    '-search.latencyOffset=0s',
    '-search.disableCache',
    '-loggerLevel=ERROR'
  ])
}
