import { ProtobufWriter } from '../exposition/protobuf-writer'
import type { Family } from '../families'
import { SCHEMA, ZERO_THRESHOLD } from '../native'
import { HistogramSeries, type Series, type Snapshot, SummarySeries, type ValueSeries } from '../snapshot'
import { attributesOf, positiveBuckets } from './points'

export const OTLP_TYPE = 'application/x-protobuf'

/** The numbers of fields in OpenTelemetry's collector/metrics/v1/metrics_service.proto, and in what that imports. */
const REQUEST = { resourceMetrics: 1 }
const RESOURCE_METRICS = { resource: 1, scopeMetrics: 2 }
const RESOURCE = { attributes: 1 }
const SCOPE_METRICS = { scope: 1, metrics: 2 }
const SCOPE = { name: 1, version: 2 }
const METRIC = { name: 1, description: 2, unit: 3, gauge: 5, sum: 7, histogram: 9, exponential: 10 }
const DATA = { points: 1, temporality: 2, isMonotonic: 3 }
const NUMBER = { start: 2, time: 3, double: 4, attributes: 7 }
const EXPONENTIAL = {
  attributes: 1,
  start: 2,
  time: 3,
  count: 4,
  sum: 5,
  scale: 6,
  zeroCount: 7,
  positive: 8,
  zeroThreshold: 14
}
const BUCKETS = { offset: 1, counts: 2 }
const HISTOGRAM = { start: 2, time: 3, count: 4, sum: 5, counts: 6, attributes: 9 }
const ATTRIBUTE = { key: 1, value: 2 }
const VALUE = { string: 1, int: 3 }
const CUMULATIVE = 2

export type Attributes = Readonly<Record<string, string | number>>

/** Something of which a snapshot tells, such as a process. */
export interface Resource {
  readonly attributes: Attributes
  /** One without labels of its own. */
  readonly snapshot: Snapshot
}

/** A request of OTLP, in protobuf, which every receiver takes: durations are exponential histograms, all counts cumulative. */
export function toOtlp(resources: Iterable<Resource>, version: string): Buffer {
  const writer = new OtlpWriter()
  for (const resource of resources) writer.resource(resource, version)
  return writer.bytes()
}

class OtlpWriter {
  readonly #writer = new ProtobufWriter()
  /** All times are in nanoseconds since 1970. */
  readonly #time = nanoseconds(Date.now())
  #start = this.#time

  bytes(): Buffer {
    return this.#writer.bytes()
  }

  resource({ attributes, snapshot }: Resource, version: string): void {
    const writer = this.#writer
    writer.message(REQUEST.resourceMetrics, () => {
      writer.message(RESOURCE_METRICS.resource, () => this.#attributes(RESOURCE.attributes, attributes))
      writer.message(RESOURCE_METRICS.scopeMetrics, () => {
        writer.message(SCOPE_METRICS.scope, () => {
          writer.string(SCOPE.name, 'restify-probes')
          writer.string(SCOPE.version, version)
        })
        for (const { family, series } of snapshot.families()) {
          this.#start = nanoseconds(snapshot.startOf(family))
          this.#metric(family, series)
        }
      })
    })
  }

  #metric(family: Family, series: Iterable<Series>): void {
    const writer = this.#writer
    const { name, unit } = family.openTelemetry
    writer.message(SCOPE_METRICS.metrics, () => {
      writer.string(METRIC.name, name)
      writer.string(METRIC.description, family.help)
      writer.string(METRIC.unit, unit)
      writer.message(dataOf(family), () => {
        for (const each of series) writer.message(DATA.points, () => this.#point(family, each))
        if (family.type !== 'gauge') writer.uint(DATA.temporality, CUMULATIVE)
        if (family.type === 'counter') writer.uint(DATA.isMonotonic, 1)
      })
    })
  }

  #point(family: Family, series: Series): void {
    const attributes = attributesOf(family, series)
    if (series instanceof HistogramSeries) this.#exponential(series, attributes)
    else if (series instanceof SummarySeries) this.#summed(series, attributes)
    else {
      this.#times(NUMBER)
      this.#writer.double(NUMBER.double, (series as ValueSeries).value)
      this.#attributes(NUMBER.attributes, attributes)
    }
  }

  #exponential(series: HistogramSeries, attributes: Attributes): void {
    const writer = this.#writer
    const { offset, bucketCounts } = positiveBuckets(series)
    this.#attributes(EXPONENTIAL.attributes, attributes)
    this.#times(EXPONENTIAL)
    writer.fixed64(EXPONENTIAL.count, BigInt(series.count))
    writer.double(EXPONENTIAL.sum, series.sum)
    writer.sint(EXPONENTIAL.scale, SCHEMA)
    writer.fixed64(EXPONENTIAL.zeroCount, BigInt(series.places[0] as number))
    writer.message(EXPONENTIAL.positive, () => {
      writer.sint(BUCKETS.offset, offset)
      writer.packedUints(BUCKETS.counts, bucketCounts)
    })
    writer.double(EXPONENTIAL.zeroThreshold, ZERO_THRESHOLD)
  }

  /** A histogram of one bucket, which is how OpenTelemetry has a count and a sum. */
  #summed({ count, sum }: SummarySeries, attributes: Attributes): void {
    const writer = this.#writer
    this.#times(HISTOGRAM)
    writer.fixed64(HISTOGRAM.count, BigInt(count))
    writer.double(HISTOGRAM.sum, sum)
    writer.fixed64(HISTOGRAM.counts, BigInt(count))
    this.#attributes(HISTOGRAM.attributes, attributes)
  }

  #times({ start, time }: { start: number; time: number }): void {
    this.#writer.fixed64(start, this.#start)
    this.#writer.fixed64(time, this.#time)
  }

  #attributes(field: number, attributes: Attributes): void {
    const writer = this.#writer
    for (const [key, value] of Object.entries(attributes)) {
      writer.message(field, () => {
        writer.string(ATTRIBUTE.key, key)
        writer.message(ATTRIBUTE.value, () => {
          if (typeof value === 'number') writer.uint(VALUE.int, value)
          else writer.string(VALUE.string, value)
        })
      })
    }
  }
}

function dataOf({ type }: Family): number {
  if (type === 'histogram') return METRIC.exponential
  if (type === 'summary') return METRIC.histogram
  return type === 'counter' ? METRIC.sum : METRIC.gauge
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n
}
