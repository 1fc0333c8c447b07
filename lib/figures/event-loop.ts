/** The event loop of a thread in some time, and what its process used in that time. */
export interface LoopFigures {
  ms: number
  /** The loop's delay: a request that came then waited so long for its turn. */
  delayP50Ms: number
  delayP99Ms: number
  delayMaxMs: number
  /** The time for which the loop was at work. */
  busyMs: number
  gcMs: number
  /** The CPU time of the whole process, in user and system mode. */
  cpuMs: number
  heapUsed: number
  /** The resident set of the whole process. */
  rss: number
}

/** A stall or a pause for garbage collection: its start, in milliseconds since 1970, and its length. */
export interface Moment {
  startMs: number
  ms: number
  /** The CPU time that the process used in a stall. */
  cpuMs?: number
}

/** A thread's event loop, in the last second and as long as it was looked at. */
export interface LoopHistory {
  pid: number
  /** The thread's number; 0 for the main thread. */
  thread: number
  last: LoopFigures
  whole: LoopFigures
  /** The times at which it did not turn, and those in which garbage was collected, where they are wanted. */
  stalls?: Moment[]
  collections?: Moment[]
}

/** Both together. Quantiles are those of the second in which they were the worst; sizes are the later ones. */
export function addLoops(earlier: LoopFigures, later: LoopFigures): LoopFigures {
  return {
    ms: earlier.ms + later.ms,
    delayP50Ms: Math.max(earlier.delayP50Ms, later.delayP50Ms),
    delayP99Ms: Math.max(earlier.delayP99Ms, later.delayP99Ms),
    delayMaxMs: Math.max(earlier.delayMaxMs, later.delayMaxMs),
    busyMs: earlier.busyMs + later.busyMs,
    gcMs: earlier.gcMs + later.gcMs,
    cpuMs: earlier.cpuMs + later.cpuMs,
    heapUsed: later.heapUsed,
    rss: later.rss
  }
}
