import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData
} from '@opentelemetry/sdk-metrics'
import { isError } from '../../figures/status'
import { type Family, REQUEST_DURATION } from '../families'
import { indexOf, SCHEMA } from '../native'
import type { HistogramSeries, Series, Snapshot, SummarySeries, ValueSeries } from '../snapshot'

export type Temporality = 'cumulative' | 'delta'

const TEMPORALITIES: Record<Temporality, AggregationTemporality> = {
  cumulative: AggregationTemporality.CUMULATIVE,
  delta: AggregationTemporality.DELTA
}

/** The number in its attribute, in place of text. */
const STATUS = 'http.response.status_code'

/** Metrics as OpenTelemetry's SDK passes them on: durations as exponential histograms of scale 1. */
export function metricDataOf(snapshot: Snapshot, temporality: Temporality): MetricData[] {
  const times = { startTime: hrTime(snapshot.startedMs), endTime: hrTime(Date.now()) }
  return Array.from(snapshot.families(), ({ family, series }) => {
    const points = <Value>(read: (each: Series) => Value): DataPoint<Value>[] =>
      Array.from(series, (each) => ({
        ...times,
        attributes: attributesOf(family, each),
        value: read(each)
      }))
    const { name, unit } = family.openTelemetry
    return {
      descriptor: { name, unit, description: family.help, valueType: ValueType.DOUBLE },
      aggregationTemporality: TEMPORALITIES[temporality],
      ...dataOf(family, points)
    }
  })
}

type Data = MetricData extends infer Each
  ? Each extends MetricData
    ? Omit<Each, 'descriptor' | 'aggregationTemporality'>
    : never
  : never

function dataOf(
  { type }: Family,
  points: <Value>(read: (each: Series) => Value) => DataPoint<Value>[]
): Data {
  switch (type) {
    case 'histogram':
      return {
        dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
        dataPoints: points((each) => exponential(each as HistogramSeries))
      }
    case 'summary':
      return {
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: points((each) => summed(each as SummarySeries))
      }
    case 'counter':
      return { dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points(numberOf) }
    case 'gauge':
      return { dataPointType: DataPointType.GAUGE, dataPoints: points(numberOf) }
  }
}

function numberOf(series: Series): number {
  return (series as ValueSeries).value
}

function exponential({ count, sum, min, max, places }: HistogramSeries): ExponentialHistogram {
  let first = 1
  let end = places.length
  while (first < end && places[first] === 0) first++
  while (end > first && places[end - 1] === 0) end--
  return {
    count,
    sum,
    ...(min <= max ? { min, max } : {}),
    scale: SCHEMA,
    zeroCount: places[0] as number,
    // OpenTelemetry calls a bucket by the number of its beginning, Prometheus by that of its end.
    positive: {
      offset: end === first ? 0 : indexOf(first) - 1,
      bucketCounts: Array.from(places.subarray(first, end))
    },
    negative: { offset: 0, bucketCounts: [] }
  }
}

/** A histogram of one bucket, which is how OpenTelemetry has a count and a sum. */
function summed({ count, sum }: SummarySeries): Histogram {
  return { count, sum, buckets: { boundaries: [], counts: [count] } }
}

/** A label that has no value is no attribute. */
function attributesOf(family: Family, { labels }: Series): Attributes {
  const attributes: Attributes = {}
  family.openTelemetry.attributes.forEach((name, i) => {
    const value = labels[i] as string
    if (value !== '') attributes[name] = name === STATUS ? Number(value) : value
  })
  const status = attributes[STATUS]
  if (family === REQUEST_DURATION && typeof status === 'number' && isError(status))
    attributes['error.type'] = String(status)
  return attributes
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]
}
