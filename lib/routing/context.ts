import type { LayerInfos } from './layer-info'
import { Mount } from './mount'
import type { Patcher } from './patch'
import type { RouteNaming } from './route-naming'

/** The parts by which a middleware follows its requests through the stacks of its app. */
export class RoutingContext {
  /** The place of the outermost router, which has no mount path. */
  readonly root = new Mount()

  constructor(
    readonly layers: LayerInfos,
    readonly patcher: Patcher,
    readonly naming: RouteNaming
  ) {}
}
