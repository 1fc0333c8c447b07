// A case is played in an app without restifyProbes(), in one that is traced, and in one of which only a direct
// consumer is told.
import { setImmediate } from 'node:timers/promises'
import restifyProbes from 'restify-probes'
import type * as RuntimeModule from '../../dist/runtime'
import { internal } from '../support/cli'
import { build, type Kit, type Next, type Req, type Res, type Spot } from './build'
import { Chart, spelling } from './chart'
import { CASE_HEADER } from './client'
import { makeHandler, makeParam } from './handlers'
import { type Case, numbered } from './model'
import { type Server, Stage } from './stage'
import { Tracer } from './tracer'
import type { Visit } from './visit'

const { sharedRuntime } = internal<typeof RuntimeModule>('../runtime')

const TURNS_TO_END = 50

/** A request as a direct consumer was told of it. */
export interface Recorded {
  /** The number of its visit. */
  visit: number
  route: string
  path: string
}

/**
 * Without us. What is twice in the app is built twice, and where our middleware
 * would be there is another that does nothing: so it can be told where each
 * handler is.
 */
export async function playReference(played: Case, kit: Kit, server: Server): Promise<Stage> {
  const stage = new Stage(null)
  const numbers = numbered(played.app)
  const chart = new Chart(kit)
  const began = new WeakMap<Visit, { spelled: boolean }>()
  const beginning = (spot: Spot, name: string | null) => (req: Req, _res: Res, next: Next) => {
    const visit = stage.visitOf(req)
    if (!began.has(visit)) {
      began.set(visit, { spelled: name === null && played.spelled })
      visit.note({ what: 'begins', spot, name })
    }
    if (spot.route !== null) chart.enterRoute(visit, spot.place, spot.route, req)
    next()
  }
  const app = build(
    kit,
    played.app,
    {
      handler: (model, spot) =>
        makeHandler(model, {
          stage,
          number: numbers.get(model) as number,
          spot,
          names: (visit, req) =>
            spot.route && chart.routeNames(visit, spot, req, began.get(visit)?.spelled === true),
          id: () => undefined
        }),
      param: (model) => makeParam(model, stage),
      probes: (spot) => beginning(spot, null),
      routeName: (name, spot) => beginning(spot, name),
      entry: (place) => (req) => chart.enter(stage.visitOf(req), place, req)
    },
    false
  )
  await stage.play(played, app, server)
  return stage
}

/** Plays a case with us, as the tracer comes and goes. */
export async function playTraced(
  played: Case,
  kit: Kit,
  server: Server
): Promise<Stage & { tracer: Tracer }> {
  const stage = new Stage(new Tracer()) as Stage & { tracer: Tracer }
  await playOn(stage, played, kit, server)
  return stage
}

/** Plays a case with us where nobody listens but a direct consumer, all the time. Gives what that is told. */
export async function playRecorded(played: Case, kit: Kit, server: Server): Promise<Recorded[]> {
  const records: Recorded[] = []
  const remove = sharedRuntime().addConsumer({
    requestDone: ({ route, routePath, requestHeaders }) => {
      const visit = Number(requestHeaders.object()[CASE_HEADER])
      records.push({ visit, route: route.text, path: routePath })
    }
  })
  await playOn(new Stage(null), played, kit, server)
  // The last response may end a little after its client has all of it.
  for (let turn = 0; turn < TURNS_TO_END; turn++) await setImmediate()
  remove()
  return records
}

async function playOn(stage: Stage, played: Case, kit: Kit, server: Server): Promise<void> {
  const numbers = numbered(played.app)
  const spelled = played.spelled ? { routeName: spelling } : {}
  const app = build(
    kit,
    played.app,
    {
      handler: (model, spot) =>
        makeHandler(model, {
          stage,
          number: numbers.get(model) as number,
          spot,
          names: () => null,
          id: restifyProbes.requestId
        }),
      param: (model) => makeParam(model, stage),
      probes: (_spot, target) =>
        restifyProbes(kit.name === 'connect' ? { ...spelled, app: target } : spelled),
      routeName: (name) => restifyProbes.route(name)
    },
    true
  )
  await stage.play(played, app, server)
}
