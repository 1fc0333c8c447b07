import { usageProblem } from '../../problem'
import { type Address, readAddress } from './address'
import { quoted, readMatchers } from './matchers'
import { METHOD, ROUTE } from './names'

/** The figures that are wanted, and the Prometheus that has them. */
export interface FleetQuery {
  address: Address
  /** Conditions on labels, as in a selector of PromQL. */
  matchers: readonly string[]
  /** The length of time, in seconds, of which rates and quantiles are. */
  seconds: number
  /** Whether handlers and instances are left out: most of the series are theirs. */
  routesOnly: boolean
}

/** Enough for three scrapes a minute and one that failed. */
const SECONDS = 300

/** @throws Problem for an option that makes no sense */
export function readWanted(options: {
  prometheus: string
  match?: string | undefined
  route?: string | undefined
  seconds?: number | undefined
  routesOnly: boolean
}): FleetQuery {
  const { prometheus, match, route, seconds = SECONDS, routesOnly } = options
  return {
    address: readAddress(prometheus),
    matchers: [
      ...(match === undefined ? [] : readMatchers(match)),
      ...(route === undefined ? [] : readRoute(route))
    ],
    seconds,
    routesOnly
  }
}

/** Reads a route: `/users/:id`, or `GET /users/:id`. */
function readRoute(text: string): string[] {
  const [, method, path] = /^(?:([A-Z]+) )?(\/.*)$/.exec(text) ?? []
  if (path === undefined)
    throw usageProblem(
      `with --prometheus, --route takes a path such as /users/:id or 'GET /users/:id', not "${text}"`,
      'top'
    )
  return [...(method === undefined ? [] : [`${METHOD}=${quoted(method)}`]), `${ROUTE}=${quoted(path)}`]
}
