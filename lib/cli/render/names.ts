import type { HandlerFigures, RouteFigures } from '../../figures/figures'
import { type Printable, printable } from '../printable'

/**
 * The way in which routes are called: by method and path where these are known, or as the probes call them.
 */
export type Names = 'path' | 'probe'

type Described = Pick<RouteFigures, 'method' | 'path'>

/** A route's title: `GET /api/users/:id`, or `getapiusersid`. */
export function routeTitle(name: string, { method, path }: Described, names: Names = 'path'): Printable {
  return printable(names === 'path' && method && path ? `${method} ${path}` : name)
}

/** A function without a name is called by its position among the request's handlers: `handler-3`. */
const ANONYMOUS = /^handler-\d+$/

/** Names of wrappers, such as express-async-handler's: where the wrapped function was written tells more. */
const WRAPPER = /^(asyncUtilWrap|async(Handler|Middleware|Wrapper)|wrap(Async|ped|per)?|catchAsync(Errors)?)$/

/**
 * A handler's title: `showUser`; or where it was written, if its name says nothing or others of its name are
 * about.
 *
 * @param shared - the names that several handlers have, from {@link sharedNames}
 */
export function handlerTitle(
  { name, location }: Pick<HandlerFigures, 'name' | 'location'>,
  shared: ReadonlySet<string> = NONE
): Printable {
  if (location === '') return printable(name)
  if (ANONYMOUS.test(name) || WRAPPER.test(name)) return printable(location)
  return printable(shared.has(name) ? `${name} (${location})` : name)
}

const NONE: ReadonlySet<string> = new Set()

/** The names that several of these have. */
export function sharedNames(all: Iterable<{ name: string }>): ReadonlySet<string> {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const { name } of all) {
    if (seen.has(name)) shared.add(name)
    seen.add(name)
  }
  return shared
}
