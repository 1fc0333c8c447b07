import { isError } from '../../../figures/status-code'
import { grouped } from '../../grouped'
import { PrometheusDurations } from './durations'
import type { FleetHandler, FleetRoute, SlowestInstance } from './fleet'
import { HANDLER, INSTANCE_LABELS, type LabelNames, LOCATION, METHOD, ROUTE, STATUS } from './names'
import { type Labels, readBound, type Sample } from './reading'

/** The answers of a Prometheus to each of the expressions. */
export interface Answers {
  requests: readonly Sample[]
  time: readonly Sample[]
  durations: readonly Sample[]
  before: readonly Sample[]
  /** An empty list where only routes are wanted; so are those below. */
  handlers: readonly Sample[]
  busy: readonly Sample[]
  slowestInstances: readonly Sample[]
  typicalInstances: readonly Sample[]
}

/** The routes that had requests, put together from the answers. */
export function fleetRoutes(answers: Answers): FleetRoute[] {
  const requests = byRoute(answers.requests)
  const times = sums(answers.time, routeOf)
  const allTime = [...times.values()].reduce((sum, time) => sum + time, 0)
  const durations = durationsByRoute(answers.durations)
  const before = durationsByRoute(answers.before)
  const handlers = slowestHandlers(answers)
  const instances = slowestInstances(answers)
  return [...requests].flatMap(([route, samples]) => {
    const { labels } = samples[0] as Sample
    const requestsPerSecond = sumOf(samples)
    if (!(requestsPerSecond > 0)) return []
    const handler = handlers.get(route) ?? handlers.get(pathOf(labels))
    const slowestInstance = instances.get(route)
    const earlier = before.get(route)
    return {
      method: labels.get(METHOD) ?? '',
      path: labels.get(ROUTE) ?? '',
      requestsPerSecond,
      errorsPerSecond: sumOf(samples.filter((sample) => isError(Number(sample.labels.get(STATUS))))),
      ...quantiles(durations.get(route)),
      timeShare: allTime > 0 ? (times.get(route) ?? 0) / allTime : 0,
      ...(handler === undefined ? {} : { handler }),
      ...(slowestInstance === undefined ? {} : { slowestInstance }),
      ...(earlier === undefined || earlier.count === 0
        ? {}
        : { before: { requestsPerSecond: earlier.count, ...quantiles(earlier) } })
    }
  })
}

function routeOf(labels: Labels): string {
  return `${labels.get(METHOD) ?? ''} ${labels.get(ROUTE) ?? ''}`
}

/** Does what {@link routeOf} does, for what is told of a path without its methods. */
function pathOf(labels: Labels): string {
  return ` ${labels.get(ROUTE) ?? ''}`
}

function handlerOf(labels: Labels): string {
  return [routeOf(labels), labelOf(labels, HANDLER), labelOf(labels, LOCATION)].join('\0')
}

function labelOf(labels: Labels, [scraped, sent]: LabelNames): string {
  return labels.get(scraped) ?? labels.get(sent) ?? ''
}

function byRoute(samples: readonly Sample[]): Map<string, Sample[]> {
  return grouped(samples, ({ labels }) => routeOf(labels))
}

function sums(samples: readonly Sample[], keyOf: (labels: Labels) => string): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { labels, value } of samples) sums.set(keyOf(labels), (sums.get(keyOf(labels)) ?? 0) + value)
  return sums
}

function sumOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { value }) => sum + value, 0)
}

function durationsByRoute(samples: readonly Sample[]): Map<string, PrometheusDurations> {
  return new Map(
    [...byRoute(samples)].map(([route, ofRoute]) => {
      const native = ofRoute.flatMap(({ buckets = [] }) => buckets)
      if (native.length > 0) return [route, PrometheusDurations.native(native)]
      const classic = ofRoute.flatMap(({ labels, value }) => {
        const bound = readBound(labels.get('le') ?? '+Inf')
        return bound === undefined ? [] : [[bound, value] as const]
      })
      return [route, PrometheusDurations.classic(classic)]
    })
  )
}

function quantiles(durations: PrometheusDurations | undefined): {
  p50Ns: number
  p90Ns: number
  p99Ns: number
} {
  const quantile = (part: number) => durations?.quantileNs(part) ?? 0
  return { p50Ns: quantile(0.5), p90Ns: quantile(0.9), p99Ns: quantile(0.99) }
}

/** Finds the slowest handler by route, or by path where handlers are told of without the method. */
function slowestHandlers({ handlers, busy, time }: Answers): Map<string, FleetHandler> {
  const busyTimes = sums(busy, handlerOf)
  const times = new Map([...sums(time, pathOf), ...sums(time, routeOf)])
  const found = new Map<string, FleetHandler>()
  for (const [route, samples] of byRoute(handlers)) {
    const slowest = samples.reduce((most, sample) => (sample.value > most.value ? sample : most))
    const allTime = times.get(route) ?? 0
    if (!(slowest.value > 0 && allTime > 0)) continue
    const busyTime = busyTimes.get(handlerOf(slowest.labels))
    found.set(route, {
      name: labelOf(slowest.labels, HANDLER),
      location: labelOf(slowest.labels, LOCATION),
      share: part(slowest.value, allTime),
      ...(busyTime === undefined ? {} : { busyShare: part(busyTime, slowest.value) })
    })
  }
  return found
}

/**
 * Handlers and requests are counted when they are done, and scraped at moments of their own: a part
 * can seem more than all.
 */
function part(of: number, all: number): number {
  return Math.min(1, of / all)
}

function slowestInstances(answers: Answers): Map<string, SlowestInstance> {
  const medians = sums(answers.typicalInstances, routeOf)
  return new Map(
    answers.slowestInstances.map(({ labels, value }) => [
      routeOf(labels),
      {
        labels: Object.fromEntries(INSTANCE_LABELS.flatMap((name) => entryOf(labels, name))),
        meanNs: value * 1e9,
        medianNs: (medians.get(routeOf(labels)) ?? 0) * 1e9
      }
    ])
  )
}

function entryOf(labels: Labels, name: string): [name: string, value: string][] {
  const value = labels.get(name)
  return value === undefined ? [] : [[name, value]]
}
