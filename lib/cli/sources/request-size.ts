import type { FinishedCall, FinishedHandler, FinishedRequest } from '../../figures/request'

/** The characters that a request, a handler, a call and a stretch of time take beside their texts, about. */
const REQUEST = 200
const HANDLER = 80
const CALL = 140
const STRETCH = 20

/** Gives the characters that a request takes, about, in memory and as JSON: an app may tell as much as it likes. */
export function sizeOf({
  url,
  route,
  routePath = '',
  method,
  requestHeaders = '',
  responseHeaders = '',
  heldByOthers = [],
  handlers
}: FinishedRequest): number {
  let size = REQUEST + url.length + route.length + routePath.length + method.length
  size += requestHeaders.length + responseHeaders.length + heldByOthers.length * STRETCH
  for (const handler of handlers) size += sizeOfHandler(handler)
  return size
}

function sizeOfHandler({ name, location, calls = [] }: FinishedHandler): number {
  let size = HANDLER + name.length + location.length
  for (const call of calls) size += sizeOfCall(call)
  return size
}

function sizeOfCall({ method, host, path, error }: FinishedCall): number {
  return CALL + method.length + host.length + path.length + error.length
}
