import type { Histograms } from './fleet'
import { BUSY, HANDLER, HANDLERS, INSTANCE_LABELS, LOCATION, METHOD, REQUESTS, ROUTE, STATUS } from './names'

const BY_ROUTE = `${METHOD}, ${ROUTE}`
const BY_HANDLER = [BY_ROUTE, ...HANDLER, ...LOCATION].join(', ')
const BY_INSTANCE = INSTANCE_LABELS.join(', ')

/** An instance counts if it had more requests of a route than this: from one or two nothing follows. */
const FEW_REQUESTS = 4

/** Comes after a selector. */
const HOUR_BEFORE = ' offset 1h'

/** The questions to Prometheus, in PromQL. */
export class Expressions {
  readonly #matchers: string
  readonly #seconds: number
  readonly #window: string

  /** @param seconds - the stretch of time that rates are of */
  constructor(matchers: readonly string[], seconds: number) {
    this.#matchers = matchers.length === 0 ? '' : `{${matchers.join(',')}}`
    this.#seconds = seconds
    this.#window = Number.isInteger(seconds) ? `[${seconds}s]` : `[${Math.ceil(seconds * 1000)}ms]`
  }

  /** The number of instances that have a histogram of requests of this kind. */
  instances(histograms: Histograms): string {
    const series = histograms === 'classic' ? `${REQUESTS}_count` : REQUESTS
    return `count(count by (${BY_INSTANCE}) (${series}${this.#matchers}))`
  }

  /** Requests a second by route and status. */
  requests(histograms: Histograms): string {
    return this.#counts(REQUESTS, `${BY_ROUTE}, ${STATUS}`, histograms)
  }

  /** Durations by route, as buckets or histograms. */
  durations(histograms: Histograms, { hourBefore = false } = {}): string {
    const offset = hourBefore ? HOUR_BEFORE : ''
    return histograms === 'classic'
      ? this.#rates(`${REQUESTS}_bucket`, `${BY_ROUTE}, le`, offset)
      : this.#rates(REQUESTS, BY_ROUTE, offset)
  }

  /** The seconds that requests take in a second, by route. */
  time(histograms: Histograms): string {
    return this.#sums(REQUESTS, BY_ROUTE, histograms)
  }

  /** The seconds that handlers take in a second, by route and handler. */
  handlers(): string {
    return `${this.#sums(HANDLERS, BY_HANDLER, 'classic')} or ${this.#sums(HANDLERS, BY_HANDLER, 'native')}`
  }

  /** The seconds for which handlers hold the event loop in a second. */
  busy(): string {
    // OTLP has no summaries, and becomes a counter.
    return [`${BUSY}_sum`, `${BUSY}_total`].map((series) => this.#rates(series, BY_HANDLER)).join(' or ')
  }

  /** The mean duration of requests by route, on the instance where it is longest. */
  slowestInstances(histograms: Histograms): string {
    return `topk by (${BY_ROUTE}) (1, ${this.#means(histograms)})`
  }

  /** The same on the instance in the middle. */
  typicalInstances(histograms: Histograms): string {
    return `quantile by (${BY_ROUTE}) (0.5, ${this.#means(histograms)})`
  }

  #means(histograms: Histograms): string {
    const by = `${BY_ROUTE}, ${BY_INSTANCE}`
    const counts = this.#counts(REQUESTS, by, histograms)
    return `${this.#sums(REQUESTS, by, histograms)} / (${counts} > ${FEW_REQUESTS / this.#seconds})`
  }

  #counts(metric: string, by: string, histograms: Histograms): string {
    return histograms === 'classic'
      ? this.#rates(`${metric}_count`, by)
      : `histogram_count(${this.#rates(metric, by)})`
  }

  #sums(metric: string, by: string, histograms: Histograms): string {
    return histograms === 'classic'
      ? this.#rates(`${metric}_sum`, by)
      : `histogram_sum(${this.#rates(metric, by)})`
  }

  #rates(series: string, by: string, offset = ''): string {
    return `sum by (${by}) (rate(${series}${this.#matchers}${this.#window}${offset}))`
  }
}
