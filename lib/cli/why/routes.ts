import type { FinishedRequest } from '../../figures/request'
import { grouped } from '../grouped'
import { quantile, sum } from './statistics'

/** A route, and the time that its requests took, in milliseconds. */
export interface RouteTime {
  /** The route's title: `GET /users/:id`, or the probes' name where no path is known. */
  title: string
  name: string
  method: string
  path: string
  count: number
  totalMs: number
  /** The route's part of the time of all routes. */
  share: number
  p50Ms: number
  p99Ms: number
  maxMs: number
  /** The durations, sorted. */
  durationsMs: readonly number[]
}

/** The routes that had requests. The one that took most time is first. */
export function routeTimes(requests: readonly FinishedRequest[]): RouteTime[] {
  const allMs = sum(requests.map(({ durationNs }) => durationNs)) / 1e6
  return [...grouped(requests, titleOf)]
    .map(([title, own]) => {
      const durationsMs = own.map(({ durationNs }) => durationNs / 1e6).sort((a, b) => a - b)
      const totalMs = sum(durationsMs)
      const [{ route: name, method, routePath: path = '' }] = own as [FinishedRequest]
      return {
        title,
        name,
        method,
        path,
        count: own.length,
        totalMs,
        share: allMs > 0 ? totalMs / allMs : 0,
        p50Ms: quantile(durationsMs, 0.5),
        p99Ms: quantile(durationsMs, 0.99),
        maxMs: durationsMs.at(-1) ?? 0,
        durationsMs
      }
    })
    .sort((a, b) => b.totalMs - a.totalMs)
}

export function titleOf({ method, route, routePath }: FinishedRequest): string {
  return routePath ? `${method} ${routePath}` : route
}
