import { isError } from '../../figures/status-code'
import { type Family, REQUEST_DURATION } from '../families'
import { indexOf } from '../native'
import type { HistogramSeries, Series } from '../snapshot'

/** The number in its attribute, in place of text. */
const STATUS = 'http.response.status_code'

/** The attributes of a series. A label that has no value is no attribute. */
export function attributesOf(family: Family, { labels }: Series): Record<string, string | number> {
  const attributes: Record<string, string | number> = {}
  family.openTelemetry.attributes.forEach((name, i) => {
    const value = labels[i] as string
    if (value !== '') attributes[name] = name === STATUS ? Number(value) : value
  })
  const status = attributes[STATUS]
  if (family === REQUEST_DURATION && typeof status === 'number' && isError(status))
    attributes['error.type'] = String(status)
  return attributes
}

/** The buckets of an exponential histogram that lie above zero, from the first that is not empty to the last. */
export function positiveBuckets({ places }: HistogramSeries): { offset: number; bucketCounts: number[] } {
  let first = 1
  let end = places.length
  while (first < end && places[first] === 0) first++
  while (end > first && places[end - 1] === 0) end--
  return {
    // OpenTelemetry calls a bucket by the number of its beginning, Prometheus by that of its end.
    offset: end === first ? 0 : indexOf(first) - 1,
    bucketCounts: Array.from(places.subarray(first, end))
  }
}
