import { addBusy, describeRoute, type Figures } from './figures'
import type { FinishedRequest } from './request'
import { isError } from './status-code'

/** Adds a request to the figures, its handlers to those of its own route, whichever route they ran for. */
export function collect(figures: Figures, request: FinishedRequest): void {
  const route = figures.route(request.route)
  describeRoute(route, request.method, request.routePath)
  route.requests.record(request.durationNs)
  if (isError(request.status)) route.errors++
  for (const { name, location, durationNs, busyNs } of request.handlers) {
    const handler = figures.handler(request.route, name, location)
    handler.durations.record(durationNs)
    addBusy(handler, busyNs)
  }
}
