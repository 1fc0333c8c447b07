import type { Name } from '../provider/names'

/**
 * The two texts by which the probes show a route: its name (contract rule 5), and its path as written
 * in the app (contract rule 15).
 */
export class RouteLabel {
  constructor(
    readonly name: Name,
    /** The route's path, empty where no route is known. */
    readonly path: Name
  ) {}
}

/** The route that a request is going to reach. It is searched for only if somebody asks before it runs. */
export interface RouteAhead {
  label(): RouteLabel
}
