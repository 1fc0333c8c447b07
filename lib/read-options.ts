import { type RouteNamer, restifyRule } from './routing/route-naming'
import { RouteTable } from './routing/routes-option'
import { isPlainObject, namedOptions, wrong } from './wrong-option'

/** Options as the middleware uses them. */
export interface Settings {
  name: string | undefined
  routeName: RouteNamer | undefined
  table: RouteTable
  /** The names that the option gives, of headers and `?parameters`. */
  redact: readonly string[]
  app: unknown
  attach: boolean | undefined
}

const OPTION_NAMES = ['name', 'routeName', 'routes', 'redact', 'app', 'attach']

/** @throws TypeError that says what was given and what is taken */
export function readOptions(options: unknown = {}): Settings {
  const {
    name,
    routeName,
    routes = {},
    redact = [],
    app,
    attach
  } = namedOptions('restifyProbes()', options, OPTION_NAMES)
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw wrong('option name', 'a string that is not empty', name)
  if (routeName !== undefined && typeof routeName !== 'function')
    throw wrong('option routeName', 'a function (method, path) => string', routeName)
  if (!isPlainObject(routes))
    throw wrong('option routes', "an object such as { 'GET /hello/:name': 'GetFoo' }", routes)
  for (const [key, routeName] of Object.entries(routes)) checkRouteName(`option routes: '${key}'`, routeName)
  if (!Array.isArray(redact) || !redact.every((name) => typeof name === 'string' && /^\??[^?]/.test(name)))
    throw wrong('option redact', "an array of header names, and of query parameters such as '?token'", redact)
  if (app !== undefined && typeof app !== 'function')
    throw wrong('option app', 'an Express or Connect app, or a router', app)
  if (attach !== undefined && typeof attach !== 'boolean')
    throw wrong('option attach', 'true or false', attach)
  return {
    name,
    routeName: routeName as RouteNamer | undefined,
    table: new RouteTable(routes as Record<string, string>),
    redact,
    app,
    attach
  }
}

/** @throws TypeError unless something of `name` is left by restify's rule (contract rule 5) */
export function checkRouteName(what: string, name: unknown): asserts name is string {
  if (typeof name !== 'string' || restifyRule(name) === '')
    throw wrong(what, 'a string with at least one letter, digit or underscore', name)
}
