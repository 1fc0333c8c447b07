import {
  type EventLoopUtilization,
  type IntervalHistogram,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance
} from 'node:perf_hooks'
import { BEAT, type Beat, type MomentMessage } from './protocol'

/** The time between two of Node's samples of the event loop's delay, in milliseconds. */
export const RESOLUTION = 10

/** The time between two looks at the event loop where each stall is wanted, in milliseconds. */
const LOOK = 5
/** The shortest stall that anybody wants to know of, in milliseconds. */
const SHORTEST_STALL = 5
const SHORTEST_COLLECTION = 0.5
/** The most items of each kind in a beat; later ones are not told. */
const MAX_MOMENTS = 500

/** The facts of a thread and its process that a beat has beside requests. */
export type ProcessState = Omit<Beat, 'seen' | 'lost' | 'routes'>

/** Looks at the thread's event loop, garbage collection and memory, until it is stopped. */
export class ProcessMonitor {
  readonly #delay: IntervalHistogram
  readonly #collections: PerformanceObserver
  readonly #moments: Moments | undefined
  #gcMs = 0
  #since = performance.now()
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()
  #cpu = process.cpuUsage()

  /** @param moments - whether each time at which the loop was late, or garbage was collected, is wanted */
  constructor(moments = false) {
    if (moments) this.#moments = new Moments()
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION })
    this.#delay.enable()
    this.#collections = new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        this.#gcMs += duration
        this.#moments?.collected(startTime, duration)
      }
    })
    this.#collections.observe({ entryTypes: ['gc'] })
  }

  /** Gives the figures of the time since the last call. Calls come a beat apart. */
  take(): ProcessState {
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
        // Node does not count a delay that begins before its first look at the clock.
        max: Math.max(lateness(this.#delay.max), intervalMs - BEAT, 0)
      },
      utilization: performance.eventLoopUtilization(utilization, this.#utilization).utilization,
      gcMs: this.#gcMs,
      heapUsed,
      heapTotal,
      rss,
      cpuMs: (cpu.user + cpu.system - this.#cpu.user - this.#cpu.system) / 1000,
      ...this.#moments?.take()
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
    this.#moments?.stop()
  }
}

/**
 * Notes when the loop did not turn, and when garbage was collected. Node's own histogram does not tell when.
 */
class Moments {
  readonly #timer: NodeJS.Timeout
  #stalls: MomentMessage[] = []
  #collections: MomentMessage[] = []
  #due = performance.now() + LOOK
  #cpu = process.cpuUsage()

  constructor() {
    this.#timer = setInterval(() => this.#look(), LOOK).unref()
  }

  collected(start: number, ms: number): void {
    if (ms >= SHORTEST_COLLECTION) keep(this.#collections, start, ms)
  }

  take(): { stalls: MomentMessage[]; collections: MomentMessage[] } {
    // A stall that lasts until now has not been looked at yet.
    this.#look()
    const taken = { stalls: this.#stalls, collections: this.#collections }
    this.#stalls = []
    this.#collections = []
    return taken
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    const cpu = process.cpuUsage()
    // A process that did not get the CPU is as late as one that computes.
    const used = (cpu.user + cpu.system - this.#cpu.user - this.#cpu.system) / 1000
    if (now - this.#due >= SHORTEST_STALL) keep(this.#stalls, this.#due, now - this.#due, used)
    this.#due = now + LOOK
    this.#cpu = cpu
  }
}

function keep(moments: MomentMessage[], start: number, ms: number, cpuMs?: number): void {
  if (moments.length >= MAX_MOMENTS) return
  const startMs = performance.timeOrigin + start
  moments.push(cpuMs === undefined ? [startMs, ms] : [startMs, ms, cpuMs])
}

/** Node counts the time from one look to the next, of which the interval itself is no lateness. */
export function lateness(ns: number): number {
  return Math.max(0, ns / 1e6 - RESOLUTION)
}
