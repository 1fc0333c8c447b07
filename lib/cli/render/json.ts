import type { Distribution } from '../../figures/distribution'
import { boundNs } from '../../figures/grid'
import type { Rates } from '../../figures/rates'
import type { FinishedHandler, FinishedRequest } from '../../figures/request'
import type { Named } from './distribution'

/** The objects of --json, as docs/json.md describes them: their names are part of the API. */

export function latencyJson({ kind, name, distribution }: Named): Record<string, unknown> {
  return {
    type: kind,
    name,
    ...quantilesJson(distribution),
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
    ...(withHandlers ? { handlers: handlers.map(handlerJson) } : {})
  }
}

function handlerJson({ name, location, startNs, durationNs, busyNs }: FinishedHandler) {
  return {
    name,
    ...(location === '' ? {} : { location }),
    startNs,
    durationNs,
    ...(busyNs === undefined ? {} : { busyNs })
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
