import { mustEqual } from './finding'
import type { Stage } from './stage'
import type { Visit } from './visit'

/**
 * The first property: what clients receive, and which handlers run, what they
 * find and what comes of what they do, is the same without us and with us
 * (contract rule 12).
 */
export function assertSame(reference: Stage, traced: Stage): void {
  for (const [number, visit] of reference.visits.entries()) {
    const other = traced.visits[number] as Visit
    mustEqual(deeds(other), deeds(visit), 'handlers run otherwise', `request ${number}`)
    mustEqual(
      other.client.received,
      visit.client.received,
      'a client receives something else',
      `request ${number}`
    )
  }
  mustEqual(traced.unhandled.sort(), reference.unhandled.sort(), 'something else is unhandled', 'rejections')
}

/** The story of a request, without what differs between runs. */
function deeds(visit: Visit): object[] {
  return visit.events
    .map(({ event }) => event)
    .filter(({ what }) => !['arrives', 'begins', 'over'].includes(what))
    .map((event) => (event.what === 'runs' ? { handler: event.handler, ...event.seen } : event))
}
