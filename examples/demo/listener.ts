// Loaded into the server's process: tells which probes are enabled, and, where
// there is no tracer, does what helloworld.bt does, through the channels.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import restifyProbes from 'restify-probes'
import { bucketOf } from './distribution'

const track = new Map<number, number>()
const started = new Map<string, number>()
let distributions: Record<string, Record<number, number>> = {}

function record(name: string, milliseconds: number): void {
  distributions[name] ??= {}
  const buckets = distributions[name]
  const bucket = bucketOf(milliseconds)
  buckets[bucket] = (buckets[bucket] ?? 0) + 1
}

const listeners: Record<string, (message: unknown) => void> = {
  'restify:route-start': (message) => {
    track.set((message as restifyProbes.RouteStartMessage).id, performance.now())
  },
  'restify:handler-start': (message) => {
    const { id, handlerName } = message as restifyProbes.HandlerMessage
    started.set(`${id} ${handlerName}`, performance.now())
  },
  'restify:handler-done': (message) => {
    const { id, handlerName } = message as restifyProbes.HandlerMessage
    const start = started.get(`${id} ${handlerName}`)
    started.delete(`${id} ${handlerName}`)
    if (start !== undefined) record(handlerName, performance.now() - start)
  },
  'restify:route-done': (message) => {
    const { id, routeName } = message as restifyProbes.RouteDoneMessage
    const start = track.get(id)
    track.delete(id)
    if (start !== undefined) record(routeName, performance.now() - start)
  }
}

/** What the demo asks for, over IPC, and what it gets. */
const answers: Record<string, () => unknown> = {
  enabled: () => restifyProbes.status().enabled,
  listen() {
    for (const [channel, listener] of Object.entries(listeners)) subscribe(channel, listener)
  },
  forget() {
    for (const [channel, listener] of Object.entries(listeners)) unsubscribe(channel, listener)
    distributions = {}
  },
  report: () => distributions
}

process.on('message', (message) => process.send?.(answers[String(message)]?.() ?? null))
// The demo's end is the server's too, however it comes.
process.on('disconnect', () => process.exit())
