import {
  type EventLoopUtilization,
  type IntervalHistogram,
  monitorEventLoopDelay,
  performance
} from 'node:perf_hooks'
import { lateness, RESOLUTION } from '../../aggregate/process-monitor'
import { EVENT_LOOP_DELAY, EVENT_LOOP_UTILIZATION } from '../families'
import type { Snapshot } from '../snapshot'

/**
 * The shortest time that figures are of, in milliseconds. Several scrapers that come in it get the same ones.
 */
const SHORTEST = 5000

interface LoopReading {
  /** The delay's 50th and 99th percentile and its maximum, in seconds. */
  p50: number
  p99: number
  max: number
  utilization: number
}

/**
 * Tells how late the thread's event loop is, and what part of the time it is at work, from one scrape to the
 * next.
 */
export class EventLoop {
  readonly #delay: IntervalHistogram
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()
  #since = performance.now()
  #last: LoopReading | undefined

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION })
    this.#delay.enable()
  }

  read(snapshot: Snapshot): void {
    const now = performance.now()
    if (this.#last === undefined || now - this.#since >= SHORTEST) this.#last = this.#take(now)
    const { utilization, ...delays } = this.#last
    for (const [statistic, family] of Object.entries(EVENT_LOOP_DELAY))
      snapshot.value(family, []).value = delays[statistic as keyof typeof delays]
    snapshot.value(EVENT_LOOP_UTILIZATION, []).value = utilization
  }

  stop(): void {
    this.#delay.disable()
  }

  #take(now: number): LoopReading {
    const utilization = performance.eventLoopUtilization()
    const figures = {
      p50: lateness(this.#delay.percentile(50)) / 1000,
      p99: lateness(this.#delay.percentile(99)) / 1000,
      max: lateness(this.#delay.max) / 1000,
      utilization: performance.eventLoopUtilization(utilization, this.#utilization).utilization
    }
    this.#delay.reset()
    this.#utilization = utilization
    this.#since = now
    return figures
  }
}
