import {
  type Dialect,
  decoded,
  type Layer,
  LayerMatch,
  MATCHES_ALL,
  newRouterLayer,
  type Route
} from '../layer'

interface Router1Layer extends Layer {
  keys: { name: string | number; optional?: boolean }[]
  regexp: RegExp & { fast_star?: boolean; fast_slash?: boolean }
  route?: Route
}

/** Express 4, and router 1 by itself. */
export const router1: Dialect = {
  framework: 'express',
  runners: { request: 'handle_request', error: 'handle_error' },
  dropsPromises: true,
  separators: '/.',

  routeOf: (layer) => (layer as Router1Layer).route,

  matcher: (layer) => (layer as Router1Layer).regexp,

  prefix: (layer) => literalStart((layer as Router1Layer).regexp),

  match(layer, path) {
    const { regexp } = layer as Router1Layer
    if (regexp.fast_slash) return MATCHES_ALL
    if (regexp.fast_star) {
      decoded(path)
      return new LayerMatch(path, 0)
    }
    const match = execAlone(regexp, path)
    if (match === null) return null
    for (const value of match.slice(1)) if (value) decoded(value)
    return new LayerMatch(match[0], alternativeOf(layer as Router1Layer, path))
  },

  newLayer: newRouterLayer,

  fixedPath(layer) {
    const texts = textsOf(layer as Router1Layer)
    return texts.length === 1 ? (texts[0]?.text ?? null) : null
  },

  pathText: (layer, match) => textsOf(layer as Router1Layer)[match.alternative]?.text ?? ''
}

/** The characters that every match of a regular expression begins with. */
function literalStart({ source, flags }: RegExp): string {
  // A letter can have more than two cases in Unicode.
  if (source[0] !== '^' || /[muv]/.test(flags) || hasAlternatives(source)) return ''
  const start = /^(?:\\[/.]|[\w/-])*/.exec(source.slice(1))?.[0] ?? ''
  const isOptional = /^[?*+{]/.test(source.slice(1 + start.length))
  return (isOptional ? start.replace(/\\?.$/, '') : start).replaceAll('\\', '')
}

/** Whether there is a `|` outside of all groups. */
function hasAlternatives(source: string): boolean {
  for (let at = 0; at < source.length; at++) {
    const character = source[at]
    if (character === '\\') at++
    else if (character === '(') at = endOfGroup(source, at)
    else if (character === '[') at = endOfClass(source, at)
    else if (character === '|') return true
  }
  return false
}

function endOfClass(source: string, start: number): number {
  for (let at = start; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === ']') return at
  }
  return source.length
}

/**
 * A RegExp of the user's with a `g` or `y` flag remembers where it matched; the app's own match must
 * not find that moved.
 */
function execAlone(regexp: RegExp, path: string): RegExpExecArray | null {
  const { lastIndex } = regexp
  const match = regexp.exec(path)
  if (regexp.lastIndex !== lastIndex) regexp.lastIndex = lastIndex
  return match
}

/** One path of a layer: how it reads, and what tells whether it is the one that matched. */
interface PathText {
  text: string
  test: RegExp
}

const texts = new WeakMap<Layer, PathText[]>()

function textsOf(layer: Router1Layer): PathText[] {
  let known = texts.get(layer)
  if (known === undefined) {
    known = readTexts(layer)
    texts.set(layer, known)
  }
  return known
}

function alternativeOf(layer: Router1Layer, path: string): number {
  const known = textsOf(layer)
  if (known.length < 2) return 0
  return Math.max(
    0,
    known.findIndex(({ test }) => test.test(path))
  )
}

/**
 * A route keeps its path; of a mount path there is only the regular expression
 * that path-to-regexp 0.1 made, several of them joined by `|`.
 */
function readTexts(layer: Router1Layer): PathText[] {
  const { regexp, route, keys } = layer
  if (regexp.fast_slash) return [{ text: '', test: regexp }]
  const flags = regexp.flags.replace(/[gy]/g, '')
  const sources = alternativesOf(regexp.source)
  const left = [...keys]
  const texts =
    route === undefined
      ? sources.map((source) => textOf(source, flags, left.splice(0, capturesIn(source))))
      : [route.path].flat(Number.POSITIVE_INFINITY).map(String)
  try {
    if (texts.length === sources.length)
      return texts.map((text, index) => ({ text, test: new RegExp(sources[index] as string, flags) }))
  } catch {
    // A RegExp of the user's that only looks like several paths.
  }
  return [{ text: route === undefined ? String(regexp) : texts.join(), test: regexp }]
}

/** The parts of `^a|^b`, or as path-to-regexp 0.1.7 has it `(?:^a|^b)`; a path's own `^` would be escaped. */
function alternativesOf(source: string): string[] {
  const joined = /^\(\?:(\^.*)\)$/s.exec(source)
  const whole =
    joined !== null && endOfGroup(source, 0) === source.length - 1 ? (joined[1] as string) : source
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < whole.length; at++) {
    if (whole[at] === '\\') at++
    else if (whole[at] === '(') at = endOfGroup(whole, at)
    else if (whole[at] === '|' && whole[at + 1] === '^') {
      parts.push(whole.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, whole.slice(start)]
}

/** The end of each source that path-to-regexp 0.1 makes for `use`. */
const END_OF_MOUNT_PATH = /(?:\\?\/)?\??\(\?=\\\/\|\$\)$/

/** The path from which path-to-regexp 0.1 made this source; a RegExp of the user's as it is. */
function textOf(source: string, flags: string, keys: Router1Layer['keys']): string {
  const asRegExp = `/${source}/${flags === 'i' ? '' : flags}`
  if (source[0] !== '^' || !END_OF_MOUNT_PATH.test(source)) return asRegExp
  const body = source.slice(1).replace(END_OF_MOUNT_PATH, '')
  let text = ''
  for (let at = 0; at < body.length; at++) {
    const character = body[at] as string
    if (character === '\\') {
      text += body[++at] ?? ''
    } else if (character === '(') {
      const end = endOfGroup(body, at)
      const optional = body[end + 1] === '?'
      text += parameter(body.slice(at, end + 1), keys) + (optional ? '?' : '')
      at = optional ? end + 1 : end
    } else if (/[.*+?[\]{}|^$]/.test(character)) {
      return asRegExp
    } else {
      text += character
    }
  }
  return text
}

function endOfGroup(source: string, start: number): number {
  let depth = 0
  let inClass = false
  for (let at = start; at < source.length; at++) {
    const character = source[at]
    if (character === '\\') at++
    else if (inClass) inClass = character !== ']'
    else if (character === '[') inClass = true
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return at
  }
  return source.length
}

/** Captures that path-to-regexp puts in by itself, in one release or another. */
const DEFAULT_CAPTURE = /^\((?:\[\^\\?\/(?:\\?\\?\.)?\]\+\?|\(\?:\(\?!.*\)\.\)\+\?)\)$/

/** `(?:\/([^\/]+?))` is `/:id`; `(.*)` is `*`. */
function parameter(group: string, keys: Router1Layer['keys']): string {
  const [key] = keys.splice(0, capturesIn(group))
  if (group === '(.*)') return '*'
  const inner = /^\(\?:(\\?\.)?(\\?\/)?(\(.*\))\)$/s.exec(group)
  if (inner === null || typeof key?.name !== 'string') return group
  const [, dot, slash, capture = ''] = inner
  const custom = DEFAULT_CAPTURE.test(capture) ? '' : capture
  return `${slash ? '/' : ''}${dot ? '.' : ''}:${key.name}${custom}`
}

function capturesIn(source: string): number {
  return (new RegExp(`${source}|`).exec('')?.length ?? 1) - 1
}
