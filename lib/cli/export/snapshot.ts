import os from 'node:os'
import type { LoopFigures } from '../../figures/event-loop'
import { HTTP_BOUNDARIES } from '../../metrics/boundaries'
import { HANDLER_BUSY, HANDLER_DURATION } from '../../metrics/families'
import type { Resource } from '../../metrics/opentelemetry/otlp'
import { addHandlers, addOverflow, addRequests, type Bound, durationsOf } from '../../metrics/rows'
import { type Durations, Snapshot } from '../../metrics/snapshot'
import { ANSWERS, HANDLERS_EXPORTED, LOOP, PROCESSES, UNREAD } from './families'
import type { FollowedProcess } from './followed-process'
import { PROCESS_LABELS } from './labels'
import type { ProcessFigures, RequestDurations } from './process-figures'

/** The state of the command itself. */
export interface Own {
  startedMs: number
  /** Whether figures of handlers are given. */
  handlers: boolean
  /** The time since which handlers are counted, which can be later. */
  handlersSinceMs: number
  /** The number of processes that have the probes and are not counted. */
  unread: number
}

function startHandlers(snapshot: Snapshot, ms: number): void {
  for (const family of [HANDLER_DURATION, HANDLER_BUSY]) snapshot.startLater(family, ms)
}

/** The same for OTLP, to which each process is a resource of its own. */
export function* resourcesOf(
  processes: Iterable<FollowedProcess>,
  { handlers, handlersSinceMs, unread, startedMs }: Own
): Iterable<Resource> {
  const host = os.hostname()
  let running = 0
  for (const process of processes) {
    const snapshot = new Snapshot(HTTP_BOUNDARIES, process.sinceMs)
    startHandlers(snapshot, handlersSinceMs)
    addProcess(snapshot, process, [])
    if (process.goneSince === undefined) running++
    yield { attributes: { 'host.name': host, ...process.attributes(host) }, snapshot }
  }
  const own = new Snapshot(HTTP_BOUNDARIES, startedMs)
  addOwn(own, { handlers, unread, running }, [])
  yield {
    attributes: { 'host.name': host, 'service.name': 'restify-probes', 'service.instance.id': host },
    snapshot: own
  }
}

/** Everything that is known of a host's processes at this moment. Nothing is asked of them. */
export function snapshotOfAll(
  processes: Iterable<FollowedProcess>,
  { handlers, handlersSinceMs, unread, startedMs }: Own
): Snapshot {
  const snapshot = new Snapshot(HTTP_BOUNDARIES, startedMs, PROCESS_LABELS)
  startHandlers(snapshot, handlersSinceMs)
  let running = 0
  for (const process of processes) {
    addProcess(snapshot, process, process.labels)
    if (process.goneSince === undefined) running++
  }
  addOwn(snapshot, { handlers, unread, running }, PROCESS_LABELS)
  return snapshot
}

/** The metrics of the command itself. */
export function addOwn(
  snapshot: Snapshot,
  { handlers, unread, running }: Pick<Own, 'handlers' | 'unread'> & { running: number },
  extraLabels: readonly string[]
): void {
  const none = extraLabels.map(() => '')
  snapshot.value(PROCESSES, none).value = running
  snapshot.value(UNREAD, none).value = unread
  snapshot.value(HANDLERS_EXPORTED, none).value = Number(handlers)
}

/** @param extra - the values of the snapshot's own labels */
export function addProcess(snapshot: Snapshot, process: FollowedProcess, extra: readonly string[]): void {
  addFigures(snapshot, process.figures, extra)
  if (process.goneSince !== undefined) return
  if (process.way === 'process') snapshot.value(ANSWERS, extra).value = Number(process.answers)
  const loops = process.loops()
  if (loops.length > 0) addLoops(snapshot, loops, extra)
}

function addFigures(snapshot: Snapshot, figures: ProcessFigures, extra: readonly string[]): void {
  for (const { method, path, statuses, handlers } of figures.routes()) {
    for (const [status, durations] of statuses)
      addRequests(snapshot, { method, route: path, status, durations: durationsOfRequests(durations) }, extra)
    for (const { name, location, durations, busyNs } of handlers.values()) {
      const busy = busyNs === undefined ? {} : { busy: busyNs / 1e9 }
      addHandlers(
        snapshot,
        { method, route: path, name, location, durations: durationsOf(durations), ...busy },
        extra
      )
    }
  }
  for (const [bound, count] of Object.entries(figures.overflow))
    if (count > 0) addOverflow(snapshot, bound as Bound, count, extra)
}

function durationsOfRequests(durations: RequestDurations): Durations {
  const { classic } = durations
  return { ...durationsOf(durations), ...(classic === undefined ? {} : { classic }) }
}

/** The worst of the process's threads. */
function addLoops(snapshot: Snapshot, loops: readonly LoopFigures[], extra: readonly string[]): void {
  const worst = (figure: (loop: LoopFigures) => number) => Math.max(0, ...loops.map(figure))
  snapshot.value(LOOP.p50, extra).value = worst(({ delayP50Ms }) => delayP50Ms) / 1000
  snapshot.value(LOOP.p99, extra).value = worst(({ delayP99Ms }) => delayP99Ms) / 1000
  snapshot.value(LOOP.max, extra).value = worst(({ delayMaxMs }) => delayMaxMs) / 1000
  snapshot.value(LOOP.utilization, extra).value = worst(({ busyMs, ms }) => (ms > 0 ? busyMs / ms : 0))
}
