import type { Family } from '../families'
import { indexOf, SCHEMA, ZERO_THRESHOLD } from '../native'
import { HistogramSeries, type Series, type Snapshot, SummarySeries, type ValueSeries } from '../snapshot'
import { ProtobufWriter } from './protobuf-writer'

export const PROTOBUF_TYPE =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

/** The numbers of fields and types in Prometheus's io/prometheus/client/metrics.proto. */
const FAMILY = { name: 1, help: 2, type: 3, metric: 4, unit: 5 }
const TYPES = { counter: 0, gauge: 1, summary: 2, histogram: 4 }
const METRIC = { label: 1, gauge: 2, counter: 3, summary: 4, histogram: 7 }
const LABEL = { name: 1, value: 2 }
const VALUE = { value: 1 }
const COUNTER = { created: 3 }
const SUMMARY = { count: 1, sum: 2, created: 4 }
const HISTOGRAM = {
  count: 1,
  sum: 2,
  bucket: 3,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  span: 12,
  delta: 13,
  created: 15
}
const BUCKET = { atMost: 1, bound: 2 }
const SPAN = { offset: 1, length: 2 }
const TIMESTAMP = { seconds: 1, nanos: 2 }

/** Prometheus's protobuf format, the one that has native histograms. Histograms have their classic buckets in it too. */
export function toProtobuf(snapshot: Snapshot): Buffer {
  const writer = new ProtobufWriter()
  for (const { family, labels, series } of snapshot.families()) {
    writer.delimited(() => {
      writer.string(FAMILY.name, family.name)
      writer.string(FAMILY.help, family.help)
      writer.uint(FAMILY.type, TYPES[family.type])
      for (const each of series) {
        writer.message(FAMILY.metric, () => {
          writeLabels(writer, labels, each.labels)
          writeValue(writer, family, each, snapshot)
        })
      }
      if (family.unit !== '') writer.string(FAMILY.unit, family.unit)
    })
  }
  return writer.bytes()
}

function writeLabels(writer: ProtobufWriter, names: readonly string[], values: readonly string[]): void {
  names.forEach((name, i) => {
    const value = values[i] as string
    // A label that has no value is the same as none.
    if (value === '') return
    writer.message(METRIC.label, () => {
      writer.string(LABEL.name, name)
      writer.string(LABEL.value, value)
    })
  })
}

function writeValue(writer: ProtobufWriter, family: Family, series: Series, snapshot: Snapshot): void {
  const { type } = family
  const startedMs = snapshot.startOf(family)
  writer.message(METRIC[type], () => {
    if (series instanceof HistogramSeries) {
      writeHistogram(writer, series, snapshot.boundaries)
      writeCreated(writer, HISTOGRAM.created, startedMs)
    } else if (series instanceof SummarySeries) {
      writer.uint(SUMMARY.count, series.count)
      writer.double(SUMMARY.sum, series.sum)
      writeCreated(writer, SUMMARY.created, startedMs)
    } else {
      writer.double(VALUE.value, (series as ValueSeries).value)
      if (type === 'counter') writeCreated(writer, COUNTER.created, startedMs)
    }
  })
}

function writeHistogram(
  writer: ProtobufWriter,
  { count, sum, places, atMost }: HistogramSeries,
  boundaries: readonly number[]
): void {
  writer.uint(HISTOGRAM.count, count)
  writer.double(HISTOGRAM.sum, sum)
  const bounds = [...boundaries, Number.POSITIVE_INFINITY]
  bounds.forEach((bound, i) => {
    writer.message(HISTOGRAM.bucket, () => {
      writer.uint(BUCKET.atMost, atMost[i] ?? count)
      writer.double(BUCKET.bound, bound)
    })
  })
  writer.sint(HISTOGRAM.schema, SCHEMA)
  writer.double(HISTOGRAM.zeroThreshold, ZERO_THRESHOLD)
  writer.uint(HISTOGRAM.zeroCount, places[0] as number)
  writeBuckets(writer, places)
}

/** Stretches of buckets that are not empty, then the difference of each of these to the one before. */
function writeBuckets(writer: ProtobufWriter, places: Float64Array): void {
  const deltas: number[] = []
  let before = 0
  let end = -indexOf(0)
  for (let place = 1; place < places.length; place++) {
    if (places[place] === 0) continue
    const first = place
    for (; place < places.length && (places[place] as number) > 0; place++) {
      const count = places[place] as number
      deltas.push(count - before)
      before = count
    }
    writer.message(HISTOGRAM.span, () => {
      writer.sint(SPAN.offset, first - end)
      writer.uint(SPAN.length, place - first)
    })
    end = place
  }
  if (deltas.length > 0) writer.packedSints(HISTOGRAM.delta, deltas)
}

function writeCreated(writer: ProtobufWriter, field: number, ms: number): void {
  writer.message(field, () => {
    writer.uint(TIMESTAMP.seconds, Math.floor(ms / 1000))
    writer.uint(TIMESTAMP.nanos, Math.round((ms % 1000) * 1e6))
  })
}
