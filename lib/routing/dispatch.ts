import type { Handler, Layer } from './layer'
import type { Mount } from './mount'
import type { RouteFound } from './route-found'

export const NO_LAYERS: Layer[] = []

/** A router or a route that dispatches a request to its layers. */
export class Dispatch {
  /**
   * The `next` that it gives to its layers. It makes one when it starts, so that its calls can be told from any
   * other's. Null while none of its layers has run since the trace began.
   */
  next: Handler | null = null
  /** The route that it dispatches; null for a router. */
  route: RouteFound | null = null

  constructor(
    /** A router's layers; empty for a route, and for a router that is unknown. */
    readonly stack: Layer[],
    readonly mount: Mount,
    /** The part of the path that the routers around it took: `req.baseUrl` in it. */
    readonly base: string,
    /** The one to which the request came before: the router around this one, or one that it has left. */
    public earlier: Dispatch | null
  ) {}
}
