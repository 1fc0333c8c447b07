import { assertPaired } from '../support/pairing'
import { byRequest, type Firing, idOf, type Probe, summary } from '../support/recorder'
import { CASE_HEADER } from './client'
import { found, must } from './finding'
import type { Case, Mount, Router } from './model'
import type { Stage } from './stage'
import type { Moment, Tracer } from './tracer'
import type { Event, Visit } from './visit'

/** A request's firings under one tracer. */
export interface Tracing {
  visit: Visit
  epoch: number
  firings: Firing[]
  /** Whether the tracer was there until the request was over. */
  whole: boolean
}

/** The second property: what was fired is well-formed by contract rules 1 to 3. */
export function assertWellFormed(played: Case, reference: Stage, traced: Stage, tracer: Tracer): Tracing[] {
  const tracings = tracer.epochs.flatMap((firings, at) =>
    byRequest(firings).map((request) => tracingOf(request, firings, at + 1, traced))
  )
  for (const { visit, firings, whole } of tracings) {
    const mine = tracings.filter((tracing) => tracing.visit === visit)
    must(mine.length === 1, 'a request is traced twice', () => about(visit, mine))
    found('a request is not well-formed', about(visit), () =>
      assertPaired(whole ? firings : completed(firings))
    )
  }
  for (const visit of traced.visits) {
    const mine = tracings.filter((tracing) => tracing.visit === visit)
    const began = beginning(played, reference.visits[visit.number] as Visit, visit)
    if (mayMislead(played, visit) || began === 'unknown') continue
    if (began === 'untraced')
      must(mine.length === 0, 'a request that began without a tracer is traced', () => about(visit, mine))
    else
      must(mine[0]?.epoch === began, 'a request that began under a tracer is not traced', () =>
        about(visit, mine)
      )
  }
  return tracings
}

function about({ number }: Visit, tracings: Tracing[] = []): string {
  return [`request ${number}`, ...tracings.flatMap(({ firings }) => summary(firings))].join('\n')
}

function tracingOf(firings: Firing[], all: Firing[], epoch: number, traced: Stage): Tracing {
  const [start] = firings as [Firing]
  must(start.probe === 'route-start', 'a request has no route-start', () => summary(firings).join('\n'))
  const visit = traced.visits[Number(JSON.parse(String(start.args[5]))[CASE_HEADER])] as Visit
  const over = visit.events.find(({ event }) => event.what === 'over')?.at
  // A request that was over before its trace began is done a little later, maybe too late.
  const ended = over?.on === true && over.epoch === epoch && over.fired > all.indexOf(start)
  return { visit, epoch, firings, whole: ended || firings.at(-1)?.probe === 'route-done' }
}

/** Adds what is missing because the tracer went away. */
function completed(firings: Firing[]): Firing[] {
  if (firings.at(-1)?.probe === 'route-done') return firings
  const start = firings[0] as Firing
  const open = new Map<string, number>()
  for (const { probe, args } of firings.slice(1)) {
    const name = String(args[2])
    open.set(name, (open.get(name) ?? 0) + (probe === 'handler-start' ? 1 : -1))
  }
  const dones = [...open].flatMap(([name, count]) =>
    Array.from({ length: Math.max(0, count) }, () => firing('handler-done', ['', '', name, idOf(start)]))
  )
  return [...firings, ...dones, firing('route-done', ['', '', idOf(start), 0, '{}'])]
}

function firing(probe: Probe, args: Firing['args']): Firing {
  return { probe, args }
}

/**
 * Under which tracer a request came to our middleware, by what happened before
 * and after; `untraced` if under none, or to none of ours.
 */
function beginning(played: Case, reference: Visit, visit: Visit): number | 'untraced' | 'unknown' {
  const at = reference.events.findIndex(({ event }) => event.what === 'begins')
  if (at === -1) return 'untraced'
  const deeds = visit.events.filter(isDeed).map((deed) => deed.at as Moment)
  const earlier = reference.events.slice(0, at).map(({ event }) => event)
  // An error or a jump may have skipped middleware of ours.
  if (earlier.some((event, at) => skips(event) || isPassedOnAgain(earlier, at))) return 'unknown'
  const before = reference.events.slice(0, at).filter(isDeed).length
  const [last, next] = [deeds[before - 1] as Moment, deeds[before]]
  if (!startsWithUs(played) && (next?.on !== last.on || next.epoch !== last.epoch)) return 'unknown'
  return last.on ? last.epoch : 'untraced'
}

/** Whether both runs have this event, and in the same place. */
function isDeed({ event }: Visit['events'][number]): boolean {
  return event.what !== 'begins' && event.what !== 'over'
}

/** Whether a handler passes on once more: the URL may be as routers left it in which the request has been since. */
export function isPassedOnAgain(events: Event[], at: number): boolean {
  const event = events[at]
  if (event?.what !== 'passes') return false
  return events.slice(0, at).some((other) => other.what === 'passes' && other.run === event.run)
}

/** Whether what comes next in a stack is skipped. */
export function skips(event: Event): boolean {
  return event.what === 'throws' || (event.what === 'passes' && event.step !== 'next')
}

/** Whether requests come to our middleware as soon as they arrive. */
function startsWithUs({ app }: Case): boolean {
  return app.items[0]?.kind === 'probes'
}

/**
 * Whether our middleware may take the wrong app for its own: Express does not
 * tell an app that is in a router in which app that is, and a request that has
 * come out of it belongs to it still. Requests that are traced since they
 * arrived are safe.
 */
export function mayMislead(played: Case, visit: Visit): boolean {
  const arrival = visit.events[0]?.at
  return !(startsWithUs(played) && arrival?.on) && hasAppInRouter(played.app, 'app')
}

function hasAppInRouter({ items }: Router, kind: Mount['kind']): boolean {
  return items.some(
    (item) =>
      'router' in item &&
      ((kind === 'router' && item.kind === 'app') || hasAppInRouter(item.router, item.kind))
  )
}
