import {
  type EventLoopUtilization,
  type IntervalHistogram,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance
} from 'node:perf_hooks'
import { BEAT, type Beat } from './protocol'

/** In milliseconds: how often the event loop is asked to be on time. */
const RESOLUTION = 10

/** What is told of the thread and its process beside requests. */
export type ProcessFigures = Omit<Beat, 'seen' | 'lost' | 'routes'>

/** Looks at the thread's event loop, garbage collection and memory, until it is stopped. */
export class ProcessMonitor {
  readonly #delay: IntervalHistogram
  readonly #collections: PerformanceObserver
  #gcMs = 0
  #since = performance.now()
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()
  #cpu = process.cpuUsage()

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION })
    this.#delay.enable()
    this.#collections = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#gcMs += duration
    })
    this.#collections.observe({ entryTypes: ['gc'] })
  }

  /** Of the time since the last call, which is to come a beat later. */
  take(): ProcessFigures {
    const now = performance.now()
    const utilization = performance.eventLoopUtilization()
    const cpu = process.cpuUsage()
    const { heapUsed, heapTotal, rss } = process.memoryUsage()
    const intervalMs = now - this.#since
    const figures = {
      intervalMs,
      delayMs: {
        p50: lateness(this.#delay.percentile(50)),
        p99: lateness(this.#delay.percentile(99)),
        // What blocks the loop before Node has looked for the first time, it does not count.
        max: Math.max(lateness(this.#delay.max), intervalMs - BEAT, 0)
      },
      utilization: performance.eventLoopUtilization(utilization, this.#utilization).utilization,
      gcMs: this.#gcMs,
      heapUsed,
      heapTotal,
      rss,
      cpuMs: (cpu.user + cpu.system - this.#cpu.user - this.#cpu.system) / 1000
    }
    this.#delay.reset()
    this.#gcMs = 0
    this.#since = now
    this.#utilization = utilization
    this.#cpu = cpu
    return figures
  }

  stop(): void {
    this.#delay.disable()
    this.#collections.disconnect()
  }
}

/** Node counts the time from one look to the next, of which the interval itself is no lateness. */
function lateness(ns: number): number {
  return Math.max(0, ns / 1e6 - RESOLUTION)
}
