import type { FinishedRequest } from '../../figures/request'
import { CREDENTIALS } from '../../redaction/credentials'
import { REDACTED } from '../../redaction/redacted'
import { headersIn } from '../sources/wanted'

/**
 * The kinds of traits, in the order in which one is named of several that tell slow requests from
 * quick ones as well.
 */
export const TRAIT_KINDS = [
  'route',
  'query',
  'parameter',
  'header',
  'method',
  'worker',
  'client',
  'request size',
  'query size',
  'parameter size',
  'response size',
  'status'
] as const
export type TraitKind = (typeof TRAIT_KINDS)[number]

/** Something that requests have or have not; a value that it has, or that it is there at all. */
export interface Trait {
  kind: TraitKind
  /** The name of the parameter or header; empty for kinds of which a request has one. */
  name: string
  /** The value that it has; undefined if only its being there counts. */
  value?: string
  /** A number that is at least or at most so much. */
  atLeast?: number
  atMost?: number
  /** True for a trait of requests that do not have it. */
  absent?: true
}

/** All that is known of one request. */
export interface Traits {
  /** The traits that it has. */
  has: Trait[]
  /** The numbers that it has, such as the length of its body. */
  measures: { kind: TraitKind; name: string; value: number }[]
}

/** The most characters of a name that are kept. */
const MAX_NAME = 60
const MAX_VALUE = 80

/** The most parameters of one request that are looked at. */
const MAX_PARAMETERS = 60
const MAX_HEADERS = 60
/** The longest path of a route, in characters, whose parameters are looked for. */
const MAX_ROUTE_PATH = 2000

/** Headers that say nothing of what is asked for, or say what is known in another way. */
const IGNORED_HEADERS = new Set(['content-length', 'connection', 'keep-alive', 'transfer-encoding', 'date'])

/** Names whose values are nobody's business, whatever the app hides. */
const SECRET = /(?:pass(?:word|wd|phrase)?|secret|token|credentials?|key|session|signature|auth|otp|pin)$/i

const NUMBER = /^-?\d{1,15}(?:\.\d{1,9})?$/

export function traitsOf(request: FinishedRequest): Traits {
  const traits: Traits = { has: [], measures: [] }
  const { method, route, routePath, url, urlCut, status, pid, client } = request
  add(traits, 'method', '', method)
  add(traits, 'route', '', routePath ? `${method} ${routePath}` : route)
  add(traits, 'status', '', String(status))
  add(traits, 'status', '', statusClass(status))
  add(traits, 'worker', '', String(pid))
  if (client) add(traits, 'client', '', client)
  const [path = '', query = ''] = url.split('#')[0]?.split(/\?(.*)/s) ?? []
  for (const [name, value] of pathParameters(routePath ?? '', path))
    addValue(traits, 'parameter', name, value)
  const parameters = query === '' ? [] : query.split('&').slice(0, MAX_PARAMETERS)
  // The end of a URL that was cut is not its parameter's value.
  if (urlCut) parameters.pop()
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split(/=(.*)/s)
    if (name !== '') addValue(traits, 'query', decoded(name), decoded(value))
  }
  addHeaders(traits, request)
  return traits
}

/** The class of a status: `5xx` for 503. */
function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`
}

export function hasTraits(request: FinishedRequest, wanted: readonly Trait[]): boolean {
  const traits = traitsOf(request)
  return wanted.every((trait) => hasTrait(traits, trait))
}

export function hasTrait({ has, measures }: Traits, trait: Trait): boolean {
  const { kind, name, value, atLeast, atMost, absent } = trait
  if (atLeast !== undefined || atMost !== undefined)
    return measures.some(
      (one) =>
        one.kind === kind &&
        one.name === name &&
        one.value >= (atLeast ?? Number.NEGATIVE_INFINITY) &&
        one.value <= (atMost ?? Number.POSITIVE_INFINITY)
    )
  const found = has.some((one) => one.kind === kind && one.name === name && one.value === value)
  return absent ? !found : found
}

function addHeaders(traits: Traits, { requestHeaders, responseHeaders }: FinishedRequest): void {
  const headers = headerTexts(requestHeaders)
  for (const [name, value] of headers.slice(0, MAX_HEADERS)) {
    if (IGNORED_HEADERS.has(name)) continue
    traits.has.push({ kind: 'header', name: cut(name, MAX_NAME) })
    if (!isSecret(name) && value !== REDACTED) add(traits, 'header', name, value)
  }
  addSize(traits, 'request size', headers)
  addSize(traits, 'response size', headerTexts(responseHeaders))
}

function addSize(traits: Traits, kind: TraitKind, headers: readonly [string, string][]): void {
  const length = Number(headers.find(([name]) => name === 'content-length')?.[1])
  if (Number.isSafeInteger(length)) traits.measures.push({ kind, name: '', value: length })
}

/** A parameter is there, and has a value, which may be a number and has a length. */
function addValue(traits: Traits, kind: 'parameter' | 'query', name: string, value: string): void {
  const short = cut(name, MAX_NAME)
  traits.has.push({ kind, name: short })
  if (isSecret(name) || value.includes(REDACTED)) return
  add(traits, kind, short, value)
  if (NUMBER.test(value)) traits.measures.push({ kind, name: short, value: Number(value) })
  traits.measures.push({ kind: `${kind} size`, name: short, value: value.length })
}

function add(traits: Traits, kind: TraitKind, name: string, value: string): void {
  traits.has.push({ kind, name: cut(name, MAX_NAME), value: cut(value, MAX_VALUE) })
}

function isSecret(name: string): boolean {
  return SECRET.test(name) || CREDENTIALS.hidesHeader(name) || CREDENTIALS.hidesParameter(name)
}

/** A value that is a list, as Set-Cookie's, is one text. */
export function headerTexts(json: string | undefined): [string, string][] {
  return Object.entries(headersIn(json)).map(([name, value]) => [name.toLowerCase(), String(value)])
}

/**
 * The values of `:name` in a route's path. From the end of both: where a route is mounted, and how, the path may not
 * tell; wildcards and regular expressions have no names of their own.
 */
export function pathParameters(routePath: string, path: string): [string, string][] {
  if (!routePath.includes(':') || routePath.length > MAX_ROUTE_PATH) return []
  const pattern = segments(routePath)
  const actual = segments(path)
  const parameters: [string, string][] = []
  const wild = pattern.findIndex((segment) => segment.includes('*'))
  if (wild === -1 && pattern.length !== actual.length) return []
  for (const [index, segment] of pattern.entries()) {
    if (wild !== -1 && index >= wild) break
    const names = [...segment.matchAll(PARAMETER)].map(([, name]) => name as string)
    const found = valuesBetween(segment.split(ANY_PARAMETER), actual[index] ?? '')
    for (const [at, value] of found.entries()) parameters.push([names[at] as string, decoded(value)])
  }
  return parameters.slice(0, MAX_PARAMETERS)
}

/** A parameter with its name, what it must match in brackets, and whether it may be left out. */
const PARAMETER = /:(\w+)(?:\([^)]*\))?[?+*]?/g
const ANY_PARAMETER = /:\w+(?:\([^)]*\))?[?+*]?/

function segments(path: string): string[] {
  return path.replace(/^\/|\/$/g, '').split('/')
}

/**
 * Gives what stands between these texts, each as short as it can be and not empty: `['', '-', '']` finds `1` and `2` in
 * `1-2`. A regular expression would try all ways to divide a text that an app and its clients have chosen.
 *
 * @returns nothing where the texts are not all there, in this order and up to the end
 */
function valuesBetween(texts: readonly string[], whole: string): string[] {
  const [first = '', ...others] = texts
  if (!whole.startsWith(first)) return []
  const values: string[] = []
  let from = first.length
  for (const [index, text] of others.entries()) {
    const isLast = index === others.length - 1
    const to = isLast ? whole.length - text.length : whole.indexOf(text, from + 1)
    if (to <= from || (isLast && !whole.endsWith(text))) return []
    values.push(whole.slice(from, to))
    from = to + text.length
  }
  return values
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
