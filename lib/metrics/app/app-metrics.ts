import {
  Aggregator,
  type HandlerRow,
  LIMITS,
  OTHER_HANDLERS,
  OTHER_ROUTES,
  OTHER_STATUS,
  type RouteRow
} from '../../aggregate/aggregator'
import type { Tally } from '../../aggregate/tally'
import { SECONDS } from '../../figures/grid'
import type { RecordConsumer, RequestRecord } from '../../provider/record'
import { HandlersShown } from '../handlers-shown'
import { addHandlers, addOverflow, addRequests } from '../rows'
import { type Durations, Snapshot } from '../snapshot'
import { EventLoop } from './event-loop'
import type { MetricsSettings } from './settings'

/**
 * The metrics of the apps in this thread: added up request by request, and looked at only when
 * somebody asks.
 */
export class AppMetrics implements RecordConsumer {
  readonly handlersShown: HandlersShown
  readonly #settings: MetricsSettings
  readonly #eventLoop: EventLoop | undefined
  readonly #remove: () => void
  #aggregator: Aggregator
  #startedMs = Date.now()

  /** @param addConsumer - the runtime's */
  constructor(settings: MetricsSettings, addConsumer: (consumer: RecordConsumer) => () => void) {
    this.#settings = settings
    this.handlersShown = new HandlersShown(settings.handlers)
    this.#eventLoop = settings.eventLoop ? new EventLoop() : undefined
    this.#aggregator = this.#newAggregator()
    this.#remove = addConsumer(this)
  }

  requestDone(request: RequestRecord): void {
    this.#aggregator.requestDone(request)
  }

  /** The boundaries of classic buckets, in seconds. */
  get boundaries(): readonly number[] {
    return this.#settings.buckets
  }

  /** All metrics as they are now. */
  snapshot(): Snapshot {
    const snapshot = new Snapshot(this.#settings.buckets, this.#startedMs)
    const withHandlers = this.handlersShown.now
    const overflow = { routes: 0, status_codes: 0, handlers: 0 }
    for (const row of this.#aggregator.routes()) {
      const of = { method: row.method, route: routeOf(row) }
      for (const { status, tally } of row.statuses) {
        addRequests(snapshot, { ...of, status, durations: talliedDurations(tally) })
        if (row.name === OTHER_ROUTES) overflow.routes += tally.count
        else if (status === OTHER_STATUS) overflow.status_codes += tally.count
      }
      for (const handler of row.handlers()) {
        if (withHandlers) addHandlers(snapshot, { ...of, ...handlerOf(handler) })
        if (handler.name === OTHER_HANDLERS) overflow.handlers += handler.tally.count
      }
    }
    this.#eventLoop?.read(snapshot)
    addOverflow(snapshot, 'routes', overflow.routes)
    addOverflow(snapshot, 'status_codes', overflow.status_codes)
    addOverflow(snapshot, 'handlers', overflow.handlers)
    return snapshot
  }

  /** Counts from zero again. */
  reset(): void {
    this.#aggregator = this.#newAggregator()
    this.#startedMs = Date.now()
  }

  stop(): void {
    this.#remove()
    this.#eventLoop?.stop()
  }

  #newAggregator(): Aggregator {
    const { limits, buckets } = this.#settings
    return new Aggregator(
      SECONDS,
      { ...LIMITS, ...limits },
      buckets.map((seconds) => seconds * 1000)
    )
  }
}

function routeOf({ name, path }: RouteRow): string {
  return name === OTHER_ROUTES ? OTHER_ROUTES : path
}

function handlerOf({ name, location, tally }: HandlerRow) {
  return { name, location, durations: talliedDurations(tally), busy: tally.busy / 1000 }
}

function talliedDurations(tally: Tally): Durations {
  return {
    count: tally.count,
    sum: tally.sum / 1000,
    min: tally.min / 1000,
    max: tally.max / 1000,
    places: tally.histogram,
    // The count tells how many durations exceeded all boundaries.
    classic: tally.classic.subarray(0, -1)
  }
}
