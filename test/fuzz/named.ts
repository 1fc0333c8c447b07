import { type Firing, idOf, summary } from '../support/recorder'
import type { Kit, Place, Spot } from './build'
import { plain } from './chart'
import { assertEnds } from './ends'
import { Prospect } from './expected-route'
import { must, mustEqual } from './finding'
import { type Case, type Handler, nameOf, numbered } from './model'
import type { Stage } from './stage'
import type { Moment, Tracer } from './tracer'
import type { Event, Names, Visit } from './visit'
import { isPassedOnAgain, mayMislead, skips, type Tracing } from './well-formed'

/** A handler that ran between route-start and route-done. */
export interface Run {
  run: number
  at: Moment
  /** The name in probes. */
  name: string
  /** The names that its route may have; null if it belongs to none. */
  routes: Names
  /** The id, as `requestId()` told it. */
  id: number | undefined
}

/**
 * The third property: the handlers and the route that the probes name are
 * those that ran (contract rules 5 to 10).
 */
export async function assertNamed(
  played: Case,
  reference: Stage,
  tracer: Tracer,
  tracings: Tracing[],
  kit: Kit
): Promise<void> {
  const handlers = [...numbered(played.app).keys()]
  const prospect = new Prospect(played, kit)
  for (const tracing of tracings) {
    if (mayMislead(played, tracing.visit)) continue
    const theirs = reference.visits[tracing.visit.number] as Visit
    const begun = begunOf(theirs, handlers)
    await assertStart(tracing, begun, prospect)
    if (!tracing.whole) continue
    const all = tracer.epochs[tracing.epoch - 1] as Firing[]
    const runs = runsOf(tracing, theirs, begun, handlers, all)
    assertHandlers(tracing, runs, all)
    assertRoutes(tracing, runs)
    assertEnds(tracing, runs, all)
  }
}

/** The way in which a request came to our middleware. */
interface Begun {
  spot: Spot
  /** The name that `restifyProbes.route` gave, where that began the trace. */
  name: string | null
  /** The number of handlers that had run before. */
  runs: number
  /** Whether one of them may have changed what is to be routed. */
  rewritten: boolean
  /** Whether an error or a jump has skipped others. */
  skipped: boolean
}

function begunOf({ events }: Visit, handlers: Handler[]): Begun {
  const at = events.findIndex(({ event }) => event.what === 'begins')
  const { spot, name } = (events[at] as { event: Extract<Event, { what: 'begins' }> }).event
  const earlier = events.slice(0, at).map(({ event }) => event)
  const before = earlier.flatMap((event) => (event.what === 'runs' ? [event.handler] : []))
  const rewrites = before.some((handler) => handlers[handler]?.steps.some((step) => typeof step === 'object'))
  const rewritten = rewrites || earlier.some((_, at) => isPassedOnAgain(earlier, at))
  return { spot, name, runs: before.length, rewritten, skipped: earlier.some(skips) }
}

/** Then nobody can tell at which of its places a request that was skipping handlers has come to a router. */
function isMountedAgain({ again, outer }: Place): boolean {
  return again || (outer !== null && isMountedAgain(outer))
}

async function assertStart(tracing: Tracing, begun: Begun, prospect: Prospect): Promise<void> {
  const { visit, firings } = tracing
  const [, name, , method, url] = (firings[0] as Firing).args
  const { request } = visit
  must(url === request.url, 'wrong url', () => about(tracing, `${url}, not ${request.url}`))
  if (!begun.rewritten)
    must(method === request.method, 'wrong method', () => about(tracing, `${method}, not ${request.method}`))
  if (begun.name === null && (begun.rewritten || (begun.skipped && isMountedAgain(begun.spot.place)))) return
  const names =
    begun.name === null
      ? await prospect.names(request.method, request.url, begun.spot.number)
      : [plain(begun.name)]
  must(names.includes(String(name)), 'wrong name at route-start', () =>
    about(tracing, `${name}, not ${names.join(' or ')}`)
  )
}

export function about({ visit, firings }: Tracing, what: string): string {
  return `request ${visit.number}: ${what}\n${summary(firings).join('\n')}`
}

function runsOf(
  { visit, firings, epoch }: Tracing,
  theirs: Visit,
  begun: Begun,
  handlers: Handler[],
  all: Firing[]
): Run[] {
  const end = all.indexOf(firings.at(-1) as Firing)
  const routes = theirs.events.flatMap(({ event }) => (event.what === 'runs' ? [event.names] : []))
  const runs: Run[] = []
  for (const { event, at } of visit.events) {
    if (event.what !== 'runs' || event.run < begun.runs) continue
    const moment = at as Moment
    if (moment.epoch !== epoch || moment.fired > end) continue
    const name = nameOf(handlers[event.handler] as Handler, event.handler) || `handler-${runs.length}`
    runs.push({ run: event.run, at: moment, name, routes: routes[event.run] ?? null, id: event.id })
  }
  return runs
}

function assertHandlers(tracing: Tracing, runs: Run[], all: Firing[]): void {
  const starts = tracing.firings.filter(({ probe }) => probe === 'handler-start')
  mustEqual(
    starts.map(({ args }) => args[2]),
    runs.map(({ name }) => name),
    'other handlers were fired than ran',
    about(tracing, '')
  )
  for (const [index, { at, id, name }] of runs.entries()) {
    const start = starts[index] as Firing
    must(all[at.fired - 1] === start, 'handler-start is not just before the handler runs', () =>
      about(tracing, name)
    )
    must(id === idOf(start), 'wrong requestId()', () => about(tracing, `${id} in ${name}`))
  }
}

function assertRoutes(tracing: Tracing, runs: Run[]): void {
  const [start, ...firings] = tracing.firings
  let route = String(start?.args[1])
  const left = [...runs]
  const open: { name: string; route: string | null }[] = []
  for (const { probe, args } of firings) {
    const [, shown, name] = args.map(String) as [string, string, string]
    const wrong = (right: string[]) => () => about(tracing, `${name} has ${shown}, not ${right.join(' or ')}`)
    if (probe === 'handler-start') {
      const { routes } = left.shift() as Run
      const right = routes ?? [route]
      must(right.includes(shown), 'wrong route at handler-start', wrong(right))
      open.push({ name, route: routes && shown })
      route = shown
    } else if (probe === 'handler-done') {
      const at = open.findLastIndex((run) => run.name === name && (run.route ?? route) === shown)
      const right = open.filter((run) => run.name === name).map((run) => run.route ?? route)
      must(at !== -1, 'wrong route at handler-done', wrong(right))
      open.splice(at, 1)
    } else {
      must(shown === route, 'wrong route at route-done', () => about(tracing, `${shown}, not ${route}`))
    }
  }
}
