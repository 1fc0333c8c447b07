import type { Dialect, Layer } from '../layer'
import { connect } from './connect'
import { router1 } from './router1'
import { router2 } from './router2'

/**
 * The dialect of a layer, by its shape. One app may have layers of several, as where an Express app mounts a Connect
 * app.
 */
export function dialectOf(layer: Layer): Dialect {
  if ('matchers' in layer) return router2
  return 'regexp' in layer ? router1 : connect
}
