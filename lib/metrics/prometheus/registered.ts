import type { AppMetrics } from '../app/app-metrics'
import { formatBound } from '../exposition/text'
import { EVENT_LOOP_DELAY, EVENT_LOOP_UTILIZATION, type Family } from '../families'
import { HistogramSeries, type Series, type Snapshot, SummarySeries, type ValueSeries } from '../snapshot'

interface Value {
  metricName?: string
  labels: Record<string, string>
  value: number
}

/**
 * The ways in which prom-client's cluster adds up what its workers tell; a family that is not here is summed.
 */
const AGGREGATORS = new Map<Family, string>([
  [EVENT_LOOP_DELAY.p50, 'average'],
  [EVENT_LOOP_DELAY.p99, 'max'],
  [EVENT_LOOP_DELAY.max, 'max'],
  [EVENT_LOOP_UTILIZATION, 'average']
])

/** All metrics are read at once, when the first of them is asked for by a scrape. */
export class OneReading {
  readonly #metrics: AppMetrics
  #snapshot: Snapshot | undefined

  constructor(metrics: AppMetrics) {
    this.#metrics = metrics
  }

  seriesOf(family: Family): Iterable<Series> {
    if (this.#snapshot === undefined) {
      this.#snapshot = this.#metrics.snapshot()
      // A registry asks for all its metrics without a pause.
      queueMicrotask(() => {
        this.#snapshot = undefined
      })
    }
    return this.#snapshot.seriesOf(family)
  }

  get boundaries(): readonly number[] {
    return this.#metrics.boundaries
  }

  reset(): void {
    this.#metrics.reset()
  }
}

/** A metric as prom-client's registries hold them. */
export class RegisteredMetric {
  /** A registry that writes OpenMetrics takes `_total` off. */
  name: string
  readonly help: string
  readonly type: string
  readonly aggregator: string
  readonly #family: Family
  readonly #reading: OneReading

  constructor(family: Family, reading: OneReading) {
    this.name = family.name
    this.help = family.help
    this.type = family.type
    this.aggregator = AGGREGATORS.get(family) ?? 'sum'
    this.#family = family
    this.#reading = reading
  }

  get() {
    const { name, help, type, aggregator } = this
    return { name, help, type, aggregator, values: this.#values() }
  }

  reset(): void {
    this.#reading.reset()
  }

  /** Never throws: the metrics of others in the registry are to be had in any case. */
  #values(): Value[] {
    const values: Value[] = []
    try {
      for (const series of this.#reading.seriesOf(this.#family)) this.#addValues(values, series)
    } catch {}
    return values
  }

  #addValues(values: Value[], series: Series): void {
    const { name, labels: names } = this.#family
    const labels: Record<string, string> = {}
    names.forEach((label, i) => {
      if (series.labels[i] !== '') labels[label] = series.labels[i] as string
    })
    if (series instanceof HistogramSeries) {
      const add = (le: string, value: number) =>
        values.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value })
      this.#reading.boundaries.forEach((bound, i) => {
        add(formatBound(bound), series.atMost[i] as number)
      })
      add('+Inf', series.count)
    }
    if (series instanceof HistogramSeries || series instanceof SummarySeries)
      values.push(
        { metricName: `${name}_sum`, labels, value: series.sum },
        { metricName: `${name}_count`, labels, value: series.count }
      )
    else values.push({ labels, value: (series as ValueSeries).value })
  }
}
