// Loaded into the server's process: tells which probes are enabled, and, where
// there is no tracer, does what helloworld.bt does, through the channels.
import { subscribe } from 'node:diagnostics_channel'
import restifyProbes from 'restify-probes'
import { bucketOf } from './distribution'

const track = new Map<number, number>()
const started = new Map<string, number>()
const distributions: Record<string, Record<number, number>> = {}

function record(name: string, milliseconds: number): void {
  distributions[name] ??= {}
  const buckets = distributions[name]
  const bucket = bucketOf(milliseconds)
  buckets[bucket] = (buckets[bucket] ?? 0) + 1
}

function listen(): void {
  subscribe('restify:route-start', (message) => {
    track.set((message as restifyProbes.RouteStartMessage).id, performance.now())
  })
  subscribe('restify:handler-start', (message) => {
    const { id, handlerName } = message as restifyProbes.HandlerMessage
    started.set(`${id} ${handlerName}`, performance.now())
  })
  subscribe('restify:handler-done', (message) => {
    const { id, handlerName } = message as restifyProbes.HandlerMessage
    const start = started.get(`${id} ${handlerName}`)
    started.delete(`${id} ${handlerName}`)
    if (start !== undefined) record(handlerName, performance.now() - start)
  })
  subscribe('restify:route-done', (message) => {
    const { id, routeName } = message as restifyProbes.RouteDoneMessage
    const start = track.get(id)
    track.delete(id)
    if (start !== undefined) record(routeName, performance.now() - start)
  })
}

process.on('message', (message) => {
  if (message === 'listen') listen()
  process.send?.(message === 'enabled' ? restifyProbes.status().enabled : distributions)
})
// The demo's end is the server's too, however it comes.
process.on('disconnect', () => process.exit())
