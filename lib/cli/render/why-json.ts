import type { Cause } from '../why/cause'
import type { Common } from '../why/common'
import { type Diagnosis, verdictOf } from '../why/diagnosis'
import type { RouteTime } from '../why/routes'
import { requestJson } from './json'

/** The objects of `why --json`, as docs/json.md describes them. */

export function verdictJson(diagnosis: Diagnosis): Record<string, unknown> {
  const { requests, watchedMs, routes, slowest, few, busiest } = diagnosis
  return {
    type: 'verdict',
    verdict: verdictOf(diagnosis),
    requests,
    watchedNs: ns(watchedMs),
    mostTime: routes[0] === undefined ? null : routeJson(routes[0]),
    slowest: slowest === undefined ? null : routeJson(slowest),
    ...(few === undefined
      ? {}
      : {
          few: {
            handler: handlerJson(few.place),
            count: few.count,
            of: few.place.runs.length,
            slowNs: ns(few.slowMs)
          }
        }),
    ...(busiest === undefined
      ? {}
      : {
          busiest: {
            handler: handlerJson(busiest.place),
            count: busiest.place.runs.length,
            holdNs: ns(busiest.holdMs)
          }
        }),
    starvedNs: ns(diagnosis.starvedMs)
  }
}

function routeJson({ title, name, method, path, count, share, p50Ms, p99Ms, maxMs }: RouteTime) {
  return {
    route: title,
    name,
    method,
    ...(path ? { path } : {}),
    count,
    share,
    p50Ns: ns(p50Ms),
    p99Ns: ns(p99Ms),
    maxNs: ns(maxMs)
  }
}

export function causeJson(cause: Cause): Record<string, unknown> {
  const { kind, place, route, runs, slow, slowMs, quickMs, holdPart, gcPart, later, busyKnown } = cause
  const { heldUp, heldUpMs, common, workers, turns, waitsFor, waiters, example } = cause
  return {
    type: 'cause',
    kind,
    handler: place === undefined ? null : handlerJson(place),
    route: route?.title ?? null,
    routes: cause.slowRoutes,
    runs,
    slow,
    slowNs: ns(slowMs),
    usualNs: quickMs === undefined ? null : ns(quickMs),
    ...(busyKnown
      ? { busyShare: round(holdPart), gcShare: round(gcPart), afterAwait: later, withoutCpu: cause.idle }
      : {}),
    heldUp: { requests: heldUp, ns: ns(heldUpMs) },
    common: common === undefined ? null : commonJson(common),
    workers,
    inTurn: turns === undefined ? null : { most: turns.most, ...aloneJson(turns.aloneMs) },
    waitsFor: waitsFor === undefined ? null : handlerJson(waitsFor.place),
    waitedForBy: waiters.map(({ place: waiter, count }) => ({ ...handlerJson(waiter), count })),
    ...(example === undefined
      ? {}
      : {
          slowRequest: requestJson(example.slow, true),
          usualRequest: example.quick === undefined ? null : requestJson(example.quick, true)
        })
  }
}

function handlerJson({ name, location }: { name: string; location: string }) {
  return { name, ...(location === '' ? {} : { location }) }
}

function aloneJson(aloneMs: number | undefined) {
  return aloneMs === undefined ? {} : { aloneNs: ns(aloneMs) }
}

function commonJson({ traits, counts, probability, alike }: Common) {
  const { slowWith, slowWithout, quickWith, quickWithout } = counts
  return {
    traits,
    slow: { having: slowWith, of: slowWith + slowWithout },
    usual: { having: quickWith, of: quickWith + quickWithout },
    probability,
    alike
  }
}

function ns(ms: number): number {
  return Math.round(ms * 1e6)
}

function round(part: number): number {
  return Math.round(part * 1000) / 1000
}
