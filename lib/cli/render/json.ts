import type { Distribution } from '../../figures/distribution'
import type { HandlerFigures, RouteFigures } from '../../figures/figures'
import { boundNs } from '../../figures/grid'
import type { Group } from '../../figures/groups'
import type { Rates } from '../../figures/rates'
import type { FinishedCall, FinishedHandler, FinishedRequest } from '../../figures/request'
import type { Fleet, FleetRoute } from '../sources/prometheus/fleet'
import type { SortedFigures } from './latency'

/** The objects of --json, as docs/json.md describes them: their names are part of the API. */

export function latencyJson(
  { routes, total }: SortedFigures,
  asked: { routes: boolean }
): Record<string, unknown>[] {
  return [
    ...routes.flatMap(({ name, figures, handlers }) => [
      ...(asked.routes ? [routeJson(name, figures)] : []),
      ...handlers.map((handler) => handlerJson(handler, name))
    ]),
    ...(total ?? []).map((handler) => handlerJson(handler, null))
  ]
}

function routeJson(name: string, { method, path, errors, requests }: RouteFigures): Record<string, unknown> {
  return {
    type: 'route',
    name,
    ...(method ? { method } : {}),
    ...(path ? { path } : {}),
    ...quantilesJson(requests),
    ...sumsJson(requests),
    errors
  }
}

/** @param route - null where the handler is of all routes */
function handlerJson(
  { name, location, busyNs, durations }: HandlerFigures,
  route: string | null
): Record<string, unknown> {
  return {
    type: 'handler',
    name,
    route,
    ...(location === '' ? {} : { location }),
    ...quantilesJson(durations),
    ...sumsJson(durations),
    ...(busyNs === undefined ? {} : { busyNs: Math.round(busyNs) })
  }
}

function sumsJson(distribution: Distribution): Record<string, unknown> {
  return {
    sumNs: Math.round(distribution.sumNs),
    buckets: distribution.sorted().map(([bucket, count]) => ({
      fromNs: Math.round(boundNs(distribution.grid, bucket)),
      toNs: Math.round(boundNs(distribution.grid, bucket + 1)),
      count
    }))
  }
}

export function quantilesJson(distribution: Distribution): Record<string, number> {
  return {
    count: distribution.count,
    p50Ns: Math.round(distribution.quantile(0.5)),
    p90Ns: Math.round(distribution.quantile(0.9)),
    p99Ns: Math.round(distribution.quantile(0.99)),
    minNs: Math.round(distribution.minNs),
    maxNs: Math.round(distribution.maxNs)
  }
}

export function requestJson(request: FinishedRequest, withHandlers: boolean): Record<string, unknown> {
  const { pid, id, method, url, urlCut, status, durationNs, route, routePath, startMs, handlers } = request
  const { heldByOthers, callsLeftOut = 0 } = request
  return {
    type: 'request',
    time: new Date(startMs).toISOString(),
    pid,
    id,
    method,
    url,
    urlCut,
    status,
    durationNs,
    route,
    ...(routePath === undefined ? {} : { path: routePath }),
    ...(withHandlers ? { handlers: handlers.map(finishedHandlerJson) } : {}),
    ...(withHandlers && heldByOthers !== undefined
      ? { heldByOthers: heldByOthers.map(([startNs, durationNs]) => ({ startNs, durationNs })) }
      : {}),
    ...(callsLeftOut > 0 ? { callsLeftOut } : {})
  }
}

function finishedHandlerJson({ name, location, startNs, durationNs, busyNs, calls }: FinishedHandler) {
  return {
    name,
    ...(location === '' ? {} : { location }),
    startNs,
    durationNs,
    ...(busyNs === undefined ? {} : { busyNs }),
    ...(calls === undefined ? {} : { calls: calls.map(callJson) })
  }
}

function callJson({
  method,
  host,
  path,
  status,
  error,
  startNs,
  respondedNs,
  durationNs,
  over
}: FinishedCall) {
  return {
    method,
    host,
    path,
    ...(status > 0 ? { status } : {}),
    ...(error === '' ? {} : { error }),
    startNs,
    ...(respondedNs > 0 ? { respondedNs } : {}),
    durationNs,
    over
  }
}

export function groupJson(
  { kind, name, value }: { kind: 'header' | 'query'; name: string; value: string },
  { durations, errors }: Group
): Record<string, unknown> {
  return {
    type: 'group',
    [kind]: name,
    value,
    ...quantilesJson(durations),
    sumNs: Math.round(durations.sumNs),
    errors
  }
}

export function ratesJson(rates: Rates, time: Date, seconds: number): Record<string, unknown> {
  const { route, requestsPerSecond, errorsPerSecond, p50Ns, p90Ns, p99Ns, maxNs, totalNs, slowest, path } =
    rates
  return {
    type: 'rates',
    time: time.toISOString(),
    intervalNs: Math.round(seconds * 1e9),
    route,
    ...(path ? { path } : {}),
    requestsPerSecond,
    errorsPerSecond,
    p50Ns: Math.round(p50Ns),
    p90Ns: Math.round(p90Ns),
    p99Ns: Math.round(p99Ns),
    maxNs: Math.round(maxNs),
    sumNs: Math.round(totalNs),
    slowestHandler:
      slowest === undefined
        ? null
        : {
            name: slowest.name,
            ...(!slowest.location ? {} : { location: slowest.location }),
            share: slowest.share
          }
  }
}

export function fleetRouteJson(
  {
    method,
    path,
    requestsPerSecond,
    errorsPerSecond,
    timeShare,
    handler,
    slowestInstance,
    before,
    ...route
  }: FleetRoute,
  { time, instances }: Fleet,
  seconds: number
): Record<string, unknown> {
  return {
    type: 'fleet',
    time: time.toISOString(),
    intervalNs: Math.round(seconds * 1e9),
    instances,
    method,
    path,
    requestsPerSecond,
    errorsPerSecond,
    p50Ns: Math.round(route.p50Ns),
    p90Ns: Math.round(route.p90Ns),
    p99Ns: Math.round(route.p99Ns),
    timeShare,
    slowestHandler:
      handler === undefined
        ? null
        : {
            name: handler.name,
            ...(handler.location === '' ? {} : { location: handler.location }),
            share: handler.share,
            busyShare: handler.busyShare ?? null
          },
    slowestInstance:
      slowestInstance === undefined
        ? null
        : {
            labels: slowestInstance.labels,
            meanNs: Math.round(slowestInstance.meanNs),
            medianNs: Math.round(slowestInstance.medianNs)
          },
    hourBefore:
      before === undefined
        ? null
        : {
            requestsPerSecond: before.requestsPerSecond,
            p50Ns: Math.round(before.p50Ns),
            p90Ns: Math.round(before.p90Ns),
            p99Ns: Math.round(before.p99Ns)
          }
  }
}
