import type { LayerInfos } from './layer-info'
import { Mount } from './mount'
import type { Naming } from './naming'
import type { Patcher } from './patch'

/** What a middleware follows its requests with, through the stacks of its app. */
export class RoutingContext {
  /** Where the outermost router is: at no mount path. */
  readonly root = new Mount()

  constructor(
    readonly layers: LayerInfos,
    readonly patcher: Patcher,
    readonly naming: Naming
  ) {}
}
