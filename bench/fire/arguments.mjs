import { USUAL_HEADERS } from '../support/inject.mjs'

export const PROBES = ['route-start', 'handler-start', 'handler-done', 'route-done']

export const REQUEST_HEADERS = USUAL_HEADERS

/** The headers with which Express answers, and some that helmet adds: about as much. */
export const RESPONSE_HEADERS = {
  'x-powered-by': 'Express',
  'content-type': 'application/json; charset=utf-8',
  'content-length': '16',
  etag: 'W/"10-MDE1dMUqLm1lRVTtFuzqVY0WQ3k"',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'SAMEORIGIN'
}
