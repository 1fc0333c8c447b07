/** A sample of what the app tells of itself, after a garbage collection. */
export interface Sample {
  requests: number
  rssBytes: number
  heapBytes: number
  /** The kind of each open descriptor. */
  descriptors: string[]
  /** Listeners on the process and on its servers. */
  listeners: number
  /** Listeners on the connection that has most of them. */
  listenersOnConnection: number
  /** Errors that reached nobody, and Node's warnings, in short. */
  uncaught: string[]
  /** Starts and dones that the channels showed without each other, in short. */
  unpaired: string[]
  /** Requests that the channels showed. */
  paired: number
  /** HTTP/2 sessions that Node itself had kept, and that were ended. */
  stuckSessions: number
  /** Probes to which somebody listens. */
  enabled: string[]
}

/** The tally of what tracers did, and of what became of them. */
export interface TracersTally {
  /** The number that came, by their kind. */
  come: Record<string, number>
  /** The number that were killed by -9. */
  killed: number
  /** The words of tracers that ended otherwise than they should. */
  failures: string[]
  /** Programs that a killed tracer left behind. */
  leftOver: number
  /** Requests that tracers outside of the process saw whole. */
  seen: number
}

const MB = 1024 * 1024
/** A leak of 100 bytes a request is larger than that after 100,000 requests. */
const MAX_HEAP_GROWTH = 8 * MB
/**
 * The factor by which RSS may grow, from its largest in the first third of the time to its largest in the
 * last.
 */
const MAX_RSS_GROWTH = 1.25
const RSS_SLACK = 16 * MB

/**
 * Tells in sentences what is wrong; nothing if all is well.
 *
 * @param before - of the app in rest, after it had some load
 * @param during - under load, in the order of time
 * @param after - of the app in rest, after all load and all tracers
 */
export function wrongIn(before: Sample, during: Sample[], after: Sample, tracers: TracersTally): string[] {
  const wrong: string[] = []
  const grown = (what: string, from: number, to: number) => wrong.push(`${what} grew from ${from} to ${to}`)
  if (after.heapBytes > before.heapBytes + MAX_HEAP_GROWTH)
    grown('heap (bytes)', before.heapBytes, after.heapBytes)
  const third = Math.ceil(during.length / 3)
  const first = Math.max(...during.slice(0, third).map(({ rssBytes }) => rssBytes))
  const last = Math.max(...during.slice(-third).map(({ rssBytes }) => rssBytes))
  if (last > first * MAX_RSS_GROWTH + RSS_SLACK) grown('RSS (bytes)', first, last)
  if (after.descriptors.length > before.descriptors.length)
    wrong.push(`descriptors are left open: ${without(after.descriptors, before.descriptors)}`)
  if (after.listeners > before.listeners) grown('listeners', before.listeners, after.listeners)
  if (after.requests === before.requests) wrong.push('no requests came')
  if (after.paired === before.paired) wrong.push('the channels showed no requests')
  for (const error of after.uncaught) wrong.push(`uncaught: ${error}`)
  for (const sentence of after.unpaired) wrong.push(`pairing: ${sentence}`)
  if (after.enabled.length > 0) wrong.push(`probes are still enabled: ${after.enabled}`)
  for (const sentence of tracers.failures) wrong.push(`tracer: ${sentence}`)
  if (tracers.leftOver > 0) wrong.push(`${tracers.leftOver} programs of killed tracers were left over`)
  return wrong
}

/** The items that a list has more often than another. */
function without(all: string[], others: string[]): string[] {
  const left = [...others]
  return all.filter((each) => {
    const at = left.indexOf(each)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}
