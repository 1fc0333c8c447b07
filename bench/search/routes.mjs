import { require } from '../support/probes.mjs'

/** The app of 1,000 routes has as many in each of its routers. */
const ROUTES_A_ROUTER = 20

/** A router whose first middleware passes on, with routes of which the last is asked for. */
export function routesOf(release, shape, size, handler) {
  const express = require(release)
  const stack = express.Router()
  const first = function first(_req, _res, next) {
    next()
  }
  stack.use(first)
  if (shape === 'flat') {
    for (let i = 0; i < size; i++) stack.get(`/thing${i}/:id`, handler)
    return { express, stack, first, url: `/thing${size - 1}/7` }
  }
  const routers = Math.ceil(size / ROUTES_A_ROUTER)
  const inEach = Math.min(size, ROUTES_A_ROUTER)
  for (let area = 0; area < routers; area++) {
    const router = express.Router()
    for (let i = 0; i < inEach; i++) router.get(`/thing${i}/:id`, handler)
    stack.use(`/area${area}`, router)
  }
  return { express, stack, first, url: `/area${routers - 1}/thing${inEach - 1}/7` }
}
