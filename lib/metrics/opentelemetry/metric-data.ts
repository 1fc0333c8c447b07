import { type HrTime, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData
} from '@opentelemetry/sdk-metrics'
import type { Family } from '../families'
import { SCHEMA } from '../native'
import type { HistogramSeries, Series, Snapshot, SummarySeries, ValueSeries } from '../snapshot'
import { attributesOf, positiveBuckets } from './points'

export type Temporality = 'cumulative' | 'delta'

const TEMPORALITIES: Record<Temporality, AggregationTemporality> = {
  cumulative: AggregationTemporality.CUMULATIVE,
  delta: AggregationTemporality.DELTA
}

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

function exponential(series: HistogramSeries): ExponentialHistogram {
  const { count, sum, min, max, places } = series
  return {
    count,
    sum,
    ...(min <= max ? { min, max } : {}),
    scale: SCHEMA,
    zeroCount: places[0] as number,
    positive: positiveBuckets(series),
    negative: { offset: 0, bucketCounts: [] }
  }
}

/** A histogram of one bucket, which is how OpenTelemetry has a count and a sum. */
function summed({ count, sum }: SummarySeries): Histogram {
  return { count, sum, buckets: { boundaries: [], counts: [count] } }
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]
}
