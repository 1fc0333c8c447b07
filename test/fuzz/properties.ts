// The three properties that every case must have. Each assertion throws an
// AssertionError that says which request of the case it is about.
import assert from 'node:assert/strict'
import { assertPaired } from '../support/pairing'
import { byRequest, type Firing, idOf, type Probe, summary } from '../support/recorder'
import type { Kit, Spot } from './build'
import { plain } from './chart'
import { CASE_HEADER } from './client'
import { type Case, type Handler, type Mount, nameOf, numbered, type Router } from './model'
import { Prospect } from './prospect'
import type { Stage } from './stage'
import type { Moment, Tracer } from './tracer'
import type { Event, Names, Visit } from './visit'

/** 1. What clients receive, and what handlers run, find and do, is the same without us and with us. */
export function assertSame(reference: Stage, traced: Stage): void {
  for (const [number, visit] of reference.visits.entries()) {
    const other = traced.visits[number] as Visit
    assert.deepEqual(deeds(other), deeds(visit), `request ${number}: handlers run otherwise`)
    assert.equal(
      other.client.received,
      visit.client.received,
      `request ${number}: its client gets something else`
    )
  }
  assert.deepEqual(traced.unhandled.sort(), reference.unhandled.sort(), 'other rejections are unhandled')
}

/** What a request's handlers did, without what differs between runs. */
function deeds(visit: Visit): object[] {
  return visit.events
    .map(({ event }) => event)
    .filter(({ what }) => !['arrives', 'begins', 'over'].includes(what))
    .map((event) => (event.what === 'runs' ? { handler: event.handler, ...event.seen } : event))
}

/** A request's firings under one tracer. */
export interface Tracing {
  visit: Visit
  epoch: number
  firings: Firing[]
  /** Whether the tracer was there until the request was over. */
  whole: boolean
}

/** 2. What was fired is well-formed by contract rules 1 to 3. */
export function assertWellFormed(played: Case, reference: Stage, traced: Stage, tracer: Tracer): Tracing[] {
  const tracings = tracer.epochs.flatMap((firings, at) =>
    byRequest(firings).map((request) => tracingOf(request, at + 1, traced))
  )
  for (const { visit, firings, whole } of tracings) {
    const mine = tracings.filter((tracing) => tracing.visit === visit)
    assert.equal(mine.length, 1, `request ${visit.number} is traced twice`)
    if (whole) assertPaired(firings)
    else assertPaired(completed(firings))
  }
  for (const visit of traced.visits) {
    const tracing = tracings.find((tracing) => tracing.visit === visit)
    const began = beginning(played, reference.visits[visit.number] as Visit, visit)
    if (began === 'never' || began === 'untraced')
      assert.equal(
        tracing,
        undefined,
        `request ${visit.number} began when there was no tracer, but is traced`
      )
    else if (began !== 'unknown')
      assert.equal(tracing?.epoch, began, `request ${visit.number} began under a tracer, but is not traced`)
  }
  return tracings
}

function tracingOf(firings: Firing[], epoch: number, traced: Stage): Tracing {
  const [start] = firings as [Firing]
  assert.equal(
    start.probe,
    'route-start',
    `a request without its route-start:\n${summary(firings).join('\n')}`
  )
  const visit = traced.visits[Number(JSON.parse(String(start.args[5]))[CASE_HEADER])] as Visit
  const over = visit.events.find(({ event }) => event.what === 'over')?.at
  return { visit, epoch, firings, whole: over?.on === true && over.epoch === epoch }
}

/** With what is missing because the tracer went away. */
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
 * and after; `untraced` if under none.
 */
function beginning(played: Case, reference: Visit, visit: Visit): number | 'never' | 'untraced' | 'unknown' {
  const at = reference.events.findIndex(({ event }) => event.what === 'begins')
  if (at === -1) return 'never'
  const before = deedMoments(visit)[deedsBefore(reference, at)] as Moment
  const after = deedMoments(visit)[deedsBefore(reference, at) + 1] ?? null
  // At the very beginning nothing comes between the server and the middleware.
  const known = startsWithUs(played) || (after?.on === before.on && after.epoch === before.epoch)
  if (!known) return 'unknown'
  return before.on ? before.epoch : 'untraced'
}

function startsWithUs({ app }: Case): boolean {
  return app.items[0]?.kind === 'probes'
}

const isDeed = ({ event }: Visit['events'][number]): boolean =>
  event.what !== 'begins' && event.what !== 'over'

/** When a request arrived, and when each of its deeds was done. */
function deedMoments({ events }: Visit): Moment[] {
  return events.filter(isDeed).map(({ at }) => at as Moment)
}

/** How many deeds came before an event, its arrival not counted. */
function deedsBefore({ events }: Visit, at: number): number {
  return events.slice(0, at).filter(isDeed).length - 1
}

type Run = Extract<Event, { what: 'runs' }> & { at: Moment; names: Names; name: string; anonymous: boolean }

/** 3. The handlers and the route that the probes name are those that ran. */
export async function assertNamed(
  played: Case,
  reference: Stage,
  tracer: Tracer,
  tracings: Tracing[],
  kit: Kit
): Promise<void> {
  const handlers = [...numbered(played.app).keys()]
  const prospect = new Prospect(played, kit)
  if (!startsWithUs(played) && hasAppInRouter(played.app, 'app')) return
  for (const tracing of tracings) {
    const theirs = reference.visits[tracing.visit.number] as Visit
    const begun = begunOf(theirs, handlers)
    try {
      await assertStart(tracing, begun, prospect)
      if (!tracing.whole) continue
      const runs = runsOf(tracing, theirs, begun, handlers, tracer)
      assertHandlers(tracing, runs, tracer)
      assertRoutes(tracing, runs)
      assertDones(tracing, runs, tracer)
      assertEnd(tracing)
    } catch (error) {
      if (error instanceof assert.AssertionError)
        error.message = `request ${theirs.number}: ${error.message}\n${summary(tracing.firings).join('\n')}`
      throw error
    }
  }
}

/**
 * Express tells an app in which app it is, but not where a router lies between
 * them, and a request that comes out of there belongs to the inner one still.
 */
function hasAppInRouter({ items }: Router, kind: Mount['kind']): boolean {
  return items.some(
    (item) =>
      'router' in item &&
      ((kind === 'router' && item.kind === 'app') || hasAppInRouter(item.router, item.kind))
  )
}

/** How a request came to our middleware. */
interface Begun {
  spot: Spot
  /** That `restifyProbes.route` gave, where that began the trace. */
  name: string | null
  /** How many handlers had run before. */
  runs: number
  /** Whether one of them changed what is to be routed. */
  rewritten: boolean
}

function begunOf({ events }: Visit, handlers: Handler[]): Begun {
  const at = events.findIndex(({ event }) => event.what === 'begins')
  const begins = events[at]?.event
  assert.ok(begins?.what === 'begins')
  const { spot, name } = begins
  const before = events.slice(0, at).flatMap(({ event }) => (event.what === 'runs' ? [event.handler] : []))
  const rewritten = before.some((handler) =>
    handlers[handler]?.steps.some((step) => typeof step === 'object')
  )
  return { spot, name, runs: before.length, rewritten }
}

async function assertStart({ visit, firings }: Tracing, begun: Begun, prospect: Prospect): Promise<void> {
  const [, name, , method, url] = (firings[0] as Firing).args
  assert.equal(url, visit.request.url, 'url')
  if (begun.name !== null) assert.equal(name, plain(begun.name), 'the name at route-start')
  if (begun.name !== null || begun.rewritten) return
  assert.equal(method, visit.request.method, 'method')
  const names = await prospect.names(visit.request.method, visit.request.url, begun.spot.number)
  assert.ok(names.includes(String(name)), `route-start has ${name}, not ${names.join(' or ')}`)
}

/** The handlers that ran between route-start and route-done. */
function runsOf(
  { visit, firings, epoch }: Tracing,
  theirs: Visit,
  begun: Begun,
  handlers: Handler[],
  tracer: Tracer
): Run[] {
  const all = tracer.epochs[epoch - 1] as Firing[]
  const end = all.indexOf(firings.at(-1) as Firing)
  const names = theirs.events.flatMap(({ event }) => (event.what === 'runs' ? [event.names] : []))
  const runs: Run[] = []
  for (const { event, at } of visit.events) {
    const { epoch: then, fired } = at as Moment
    if (event.what !== 'runs' || event.run < begun.runs || then !== epoch || fired > end) continue
    const model = handlers[event.handler] as Handler
    const own = nameOf(model, event.handler)
    const name = own === '' ? `handler-${runs.length}` : own
    runs.push({ ...event, at: at as Moment, names: names[event.run] ?? null, name, anonymous: own === '' })
  }
  return runs
}

function assertHandlers({ firings, epoch }: Tracing, runs: Run[], tracer: Tracer): void {
  const starts = firings.filter(({ probe }) => probe === 'handler-start')
  assert.deepEqual(
    starts.map(({ args }) => args[2]),
    runs.map(({ name }) => name),
    'the handlers that were fired are not those that ran'
  )
  const all = tracer.epochs[epoch - 1] as Firing[]
  for (const [index, { at, id, name }] of runs.entries()) {
    assert.equal(all[at.fired - 1], starts[index], `handler-start of ${name} is not just before it runs`)
    assert.equal(id, idOf(starts[index] as Firing), `requestId() in ${name}`)
  }
}

function assertRoutes({ firings }: Tracing, runs: Run[]): void {
  let route = String(firings[0]?.args[1])
  const left = [...runs]
  const open: { name: string; route: string | null }[] = []
  for (const { probe, args } of firings.slice(1)) {
    const [, shown, name] = args.map(String) as [string, string, string]
    if (probe === 'handler-start') {
      const { names } = left.shift() as Run
      if (names === null)
        assert.equal(shown, route, `the route of ${name}, which belongs to none, is the last that ran`)
      else assert.ok(names.includes(shown), `the route of ${name} is ${shown}, not ${names.join(' or ')}`)
      route = shown
      open.push({ name, route: names === null ? null : shown })
    } else if (probe === 'handler-done') {
      const fitting = open.findLastIndex((run) => run.name === name && (run.route ?? route) === shown)
      assert.notEqual(fitting, -1, `handler-done of ${name} has the route ${shown}`)
      open.splice(fitting, 1)
    } else {
      assert.equal(shown, route, 'the route of route-done is not the last that ran')
    }
  }
}

/** Contract rule 8. */
function assertDones({ visit, firings, epoch }: Tracing, runs: Run[], tracer: Tracer): void {
  const all = tracer.epochs[epoch - 1] as Firing[]
  const end = all.indexOf(firings.at(-1) as Firing)
  const tail = firings.slice(firings.findLastIndex(({ probe }) => probe === 'handler-start') + 1)
  // Of these, the moment when a handler has passed on is not seen from within it.
  const hidden = visit.events.some(
    ({ event }) =>
      (event.what === 'passes' && event.step === 'req.next') || (event.what === 'throws' && event.async)
  )
  if (hidden) return
  for (const { run, name } of runs) {
    const cause = visit.events.find(
      ({ event }) =>
        'run' in event &&
        event.run === run &&
        event.what !== 'runs' &&
        (event.what !== 'returns' || event.ended)
    )?.at
    if (cause?.epoch === epoch && cause.fired < end) {
      const done = all[cause.fired] as Firing
      assert.deepEqual(
        [done.probe, done.args[2]],
        ['handler-done', name],
        `${name} is not done when it has passed on`
      )
    } else {
      assert.ok(
        tail.some(({ probe, args }) => probe === 'handler-done' && args[2] === name),
        `${name} is done before the response is`
      )
    }
  }
}

/** Contract rule 9: the status that the client got, whatever a handler has set since. */
function assertEnd({ visit, firings }: Tracing): void {
  const over = visit.events.find(({ event }) => event.what === 'over')?.event
  assert.ok(over?.what === 'over')
  const [, sent] = /^HTTP\/1\.1 (\d+) /.exec(visit.client.received) ?? []
  if (!over.complete || sent !== undefined)
    assert.equal(firings.at(-1)?.args[3], over.complete ? Number(sent) : 444, 'status')
}
