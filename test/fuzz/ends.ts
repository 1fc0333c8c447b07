import type { Firing } from '../support/recorder'
import { must } from './finding'
import { about, type Run } from './named'
import type { Event, Visit } from './visit'
import type { Tracing } from './well-formed'

/**
 * Asserts that handlers, and the request, are done when they are, and with which status (contract rules 8 and
 * 9).
 */
export function assertEnds(tracing: Tracing, runs: Run[], all: Firing[]): void {
  for (const run of runs) assertDone(tracing, run, all)
  const { visit, firings } = tracing
  const status = firings.at(-1)?.args[3]
  const right = statusOf(visit)
  must(right === undefined || status === right, 'wrong status', () =>
    about(tracing, `${status}, not ${right}`)
  )
}

function assertDone(tracing: Tracing, { run, name }: Run, all: Firing[]): void {
  const { visit, firings, epoch } = tracing
  // The contract does not say whose that is.
  if (visit.events.some((_, at) => callsNextOfOthers(visit, at))) return
  const end = visit.events.find(({ event }) => isEndOf(event, run))
  const over = all.indexOf(firings.at(-1) as Firing)
  if (end?.at?.epoch === epoch && end.at.fired < over) {
    // It is seen a little later that a promise rejects.
    if (end.event.what === 'throws' && end.event.async) return
    const done = all[end.at.fired] as Firing
    const isDone = done.probe === 'handler-done' && done.args[2] === name
    must(isDone, 'a handler that has passed on, or ended the response, is not done', () =>
      about(tracing, name)
    )
  } else {
    const last = firings.slice(firings.findLastIndex(({ probe }) => probe === 'handler-start') + 1)
    const isLast = last.some(({ probe, args }) => probe === 'handler-done' && args[2] === name)
    must(isLast, 'a handler is done before the response is', () => about(tracing, name))
  }
}

function isEndOf(event: Event, run: number): boolean {
  switch (event.what) {
    case 'passes':
    case 'throws':
      return event.run === run
    case 'returns':
      return event.run === run && event.ended
    default:
      return false
  }
}

/** Whether a handler calls `req.next()` after another has begun. */
function callsNextOfOthers({ events }: Visit, at: number): boolean {
  const event = events[at]?.event
  if (event?.what !== 'passes' || event.step !== 'req.next') return false
  const last = events.slice(0, at).findLast(({ event }) => event.what === 'runs')?.event
  return last?.what !== 'runs' || last.run !== event.run
}

/** The status that the client got, whatever a handler has set since; undefined if nobody knows. */
function statusOf({ events, client, request }: Visit): number | undefined {
  const over = events.find(({ event }) => event.what === 'over')?.event
  if (over?.what === 'over' && !over.complete) return 444
  const [head, status] = /^HTTP\/1\.1 (\d+) .*?\r\n\r\n/s.exec(client.received) ?? []
  if (head === undefined) return undefined
  // Node calls complete what is ended after its connection was destroyed.
  if (!isWhole(head, client.received.slice(head.length), request.method))
    return request.leaves ? undefined : 444
  return Number(status)
}

/** Whether the last chunk has come, if it is in chunks: handlers that set another method make other responses shorter. */
function isWhole(head: string, body: string, method: string): boolean {
  return method === 'HEAD' || !/^transfer-encoding: chunked/im.test(head) || body.includes('0\r\n\r\n')
}
