import type { Dialect, Layer } from '../layer'
import { connect } from './connect'
import { router1 } from './router1'
import { router2 } from './router2'

/** By the layer's shape: one tree may hold layers of several, where an app of one mounts an app of another. */
export function dialectOf(layer: Layer): Dialect {
  if ('matchers' in layer) return router2
  return 'regexp' in layer ? router1 : connect
}
