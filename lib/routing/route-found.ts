import type { Layer, Route } from './layer'
import type { Mount } from './mount'

/** A route that serves a request. */
export class RouteFound {
  constructor(
    readonly mount: Mount,
    readonly layer: Layer,
    readonly route: Route,
    /** The route's path as written in the app; of several, the one that matched. */
    readonly path: string,
    /** The request's method when the router dispatches to the route. */
    readonly method: string
  ) {}
}
