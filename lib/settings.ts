import { inspect } from 'node:util'
import { type RouteNamer, restifyRule } from './routing/naming'
import { RouteTable } from './routing/table'

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
  if (!isOptions(options)) throw wrong('restifyProbes()', 'an object of options, or nothing', options)
  for (const key of Object.keys(options)) {
    if (!OPTION_NAMES.includes(key))
      throw new TypeError(`restifyProbes() takes the options ${OPTION_NAMES.join(', ')}; '${key}' was given`)
  }
  const { name, routeName, routes = {}, redact = [], app, attach } = options as Record<string, unknown>
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw wrong('option name', 'a string that is not empty', name)
  if (routeName !== undefined && typeof routeName !== 'function')
    throw wrong('option routeName', 'a function (method, path) => string', routeName)
  if (!isObject(routes) || Object.prototype.toString.call(routes) !== '[object Object]')
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

function isOptions(value: unknown): value is object {
  return isObject(value) && Object.prototype.toString.call(value) === '[object Object]'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function wrong(what: string, takes: string, given: unknown): TypeError {
  return new TypeError(`${what} takes ${takes}; ${inspect(given, { depth: 0 })} was given`)
}
