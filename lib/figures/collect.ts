import { type Figures, isError } from './figures'
import type { FinishedRequest } from './request'

/** Adds a request to the figures. */
export function collect(figures: Figures, request: FinishedRequest): void {
  const route = figures.route(request.route)
  route.requests.record(request.durationNs)
  if (isError(request.status)) route.errors++
  for (const { route: routeName, name, durationNs } of request.handlers)
    figures.handler(routeName, name).record(durationNs)
}
