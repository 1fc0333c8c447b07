import { fields, isUsable, list, Malformed, number, text, time } from '../checked-json'
import type { Bucket } from './durations'

/** Checks what a Prometheus answers: whatever it scraped may have written it. */

export type Labels = ReadonlyMap<string, string>

/** One series' value at one time, a number or a native histogram. */
export interface Sample {
  labels: Labels
  /** The time of the value, in milliseconds since 1970, by the clock of Prometheus. */
  timeMs: number
  /** 0 where it is a histogram. */
  value: number
  buckets?: Bucket[]
}

/** The most labels of one series: an answer to what we ask has ten at most. */
const MAX_LABELS = 100

/** The longest value of a label, in characters: longer ones are cut, as nobody reads them. */
const MAX_LABEL = 1000

/**
 * The samples in an answer of `/api/v1/query`. Those that can't be calculated with are left out: a quotient with no requests
 * is no number, and any app can expose what is too large.
 *
 * @throws Malformed for what is no such answer
 */
export function readVector(answer: unknown): Sample[] {
  const { resultType, result } = fields(fields(answer).data)
  if (resultType !== 'vector') throw new Malformed()
  return list(result).flatMap((each) => {
    const { metric, value, histogram } = fields(each)
    const [seconds, found] = list(histogram ?? value)
    const sample = { labels: readLabels(metric), timeMs: time(number(seconds) * 1000) }
    if (histogram !== undefined) return [{ ...sample, value: 0, buckets: readBuckets(found) }]
    const read = readNumber(found)
    return isUsable(read) ? [{ ...sample, value: read }] : []
  })
}

/** The reason why a Prometheus refused, in its words. */
export function readRefusal(answer: unknown): { type: string; message: string } {
  const { errorType, error } = fields(answer)
  return { type: text(errorType).slice(0, MAX_LABEL), message: text(error).slice(0, MAX_LABEL) }
}

function readLabels(metric: unknown): Labels {
  const labels = Object.entries(fields(metric))
  if (labels.length > MAX_LABELS) throw new Malformed()
  return new Map(labels.map(([name, value]) => [name, text(value).slice(0, MAX_LABEL)]))
}

/** The bound that a label `le` tells; undefined where it tells none, as any app can expose. */
export function readBound(le: string): number | undefined {
  try {
    const bound = readNumber(le)
    return Number.isNaN(bound) ? undefined : bound
  } catch {
    return undefined
  }
}

/** Prometheus leaves empty buckets out, and so are those here that can't be calculated with. */
function readBuckets(histogram: unknown): Bucket[] {
  const { buckets = [] } = fields(histogram)
  return list(buckets).flatMap((each) => {
    const [, from, to, count] = list(each).map((value, index) => (index === 0 ? 0 : readNumber(value)))
    return isUsable(from) && isUsable(to) && isUsable(count) ? [{ from, to, count }] : []
  })
}

/** Numbers are written as strings, since JSON has no NaN and no infinity. */
export function readNumber(value: unknown): number {
  const written = text(value)
  if (written === '+Inf') return Number.POSITIVE_INFINITY
  if (written === '-Inf') return Number.NEGATIVE_INFINITY
  if (written.trim() === '') throw new Malformed()
  const read = Number(written)
  if (Number.isNaN(read) && written !== 'NaN') throw new Malformed()
  return read
}
