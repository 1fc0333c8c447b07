import type { HandlerFigures, RouteFigures } from '../../figures/figures'
import { type Printable, printable } from '../printable'

/** How routes are called: by method and path where these are known, or as the probes call them. */
export type Names = 'path' | 'probe'

type Described = Pick<RouteFigures, 'method' | 'path'>

/** `GET /api/users/:id`, or `getapiusersid`. */
export function routeTitle(name: string, { method, path }: Described, names: Names = 'path'): Printable {
  return printable(names === 'path' && method && path ? `${method} ${path}` : name)
}

/** A function without a name is called by its position among the request's handlers: `handler-3`. */
const ANONYMOUS = /^handler-\d+$/

/** `showUser`; where it was written, if it has no name or others of its name are about. */
export function handlerTitle(
  { name, location }: Pick<HandlerFigures, 'name' | 'location'>,
  others: Iterable<{ name: string }> = []
): Printable {
  if (location === '') return printable(name)
  if (ANONYMOUS.test(name)) return printable(location)
  let sameName = 0
  for (const other of others) if (other.name === name) sameName++
  return printable(sameName > 1 ? `${name} (${location})` : name)
}
