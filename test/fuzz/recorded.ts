import type { Firing } from '../support/recorder'
import { must, mustEqual } from './finding'
import type { Case } from './model'
import type { Recorded } from './play'
import { mayMislead, type Tracing } from './well-formed'

/** Whether the tracer is there all the time: what it sees of a request can then be expected of others too. */
export function isTracedThroughout(played: Case): boolean {
  return !JSON.stringify(played).includes('"off"') && played.groups[0]?.before[0] === 'on'
}

/**
 * The fourth property: a direct consumer, which looks at a request at its end, is told the route that route-done has
 * (contract rules 5 and 15). Where only direct consumers listen, nobody has looked for the route before.
 */
export function assertRecorded(played: Case, tracings: Tracing[], records: Recorded[]): void {
  for (const { visit, firings } of tracings) {
    const { probe, args } = firings.at(-1) as Firing
    if (probe !== 'route-done' || mayMislead(played, visit)) continue
    const told = records.filter((record) => record.visit === visit.number)
    const about = `request ${visit.number}, ${visit.request.method} ${visit.request.url}`
    must(told.length === 1, 'a direct consumer is not told once', () => `${about}: ${told.length} times`)
    const shown = { visit: visit.number, route: String(args[1]), path: String(args[5]) }
    mustEqual(told[0], shown, 'a direct consumer is told another route', about)
  }
}
