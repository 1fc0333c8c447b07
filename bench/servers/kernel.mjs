import { APPS } from '../support/apps.mjs'
import { require, restifyProbes } from '../support/probes.mjs'

/** A bare app whose first middleware fires as many probes as a traced request does: no tracing by probes costs less. */
export function firingApp(name) {
  const { build, handlers } = APPS[name]
  // Loads the addon.
  restifyProbes()()
  const addon = require(restifyProbes().status().addon)
  function fire(_req, _res, next) {
    addon.routeStart('/', '{}')
    for (let i = 0; i < handlers; i++) {
      addon.handlerStart()
      addon.handlerDone()
    }
    addon.routeDone('{}')
    next()
  }
  return build(require('express'), [fire], () => [])
}
