import { beginsWith } from '../begins-with'
import {
  type Dialect,
  decoded,
  type Layer,
  LayerMatch,
  MATCHES_ALL,
  newRouterLayer,
  type Route
} from '../layer'

interface Matched {
  path: string
  params: Record<string, string | string[] | undefined>
}

interface Router2Layer extends Layer {
  /** True for `use` without a path. */
  slash: boolean
  /** The matchers, one for each path. */
  matchers: ((path: string) => Matched | false)[]
  /** The path or paths as given; since router 2.3. */
  rawPath?: unknown
  route?: Route
}

/** Express 5, and router 2 by itself. */
export const router2: Dialect = {
  framework: 'express',
  runners: { request: 'handleRequest', error: 'handleError' },
  dropsPromises: false,
  separators: '/',

  routeOf: (layer) => (layer as Router2Layer).route,

  matcher: (layer) => (layer as Router2Layer).matchers,

  prefix(layer) {
    const { slash, matchers } = layer as Router2Layer
    const given = slash || matchers.length !== 1 ? undefined : givenPath(layer as Router2Layer, 0)
    return literalStart(given)
  },

  match(layer, path) {
    const { slash, matchers } = layer as Router2Layer
    if (slash) return MATCHES_ALL
    for (let alternative = 0; alternative < matchers.length; alternative++) {
      const matched = matchAlone(layer as Router2Layer, alternative, path)
      if (matched) return new LayerMatch(matched.path, alternative)
    }
    return null
  },

  newLayer: newRouterLayer,

  fixedPath(layer) {
    const { slash, matchers } = layer as Router2Layer
    if (slash) return ''
    if (matchers.length !== 1) return null
    const given = givenPath(layer as Router2Layer, 0)
    return given === undefined || Array.isArray(given) ? null : String(given)
  },

  pathText(layer, match, path) {
    const given = givenPath(layer as Router2Layer, match.alternative)
    if (given === undefined) return recovered(layer as Router2Layer, match, path)
    return String(Array.isArray(given) ? likelyOf(given, path) : given)
  }
}

/**
 * Gives the path that matched. Up to router 2.2 one of the given paths may itself be an array, with
 * one matcher for all.
 */
function givenPath({ rawPath, route, matchers }: Router2Layer, alternative: number): unknown {
  const given = rawPath ?? route?.path
  if (!Array.isArray(given)) return given
  return (given.length === matchers.length ? given : given.flat(Number.POSITIVE_INFINITY))[alternative]
}

/**
 * Chooses among several paths with one matcher the first that can have matched, by the characters with
 * which it begins.
 */
function likelyOf(given: unknown[], path: string): unknown {
  const paths = given.flat(Number.POSITIVE_INFINITY)
  return paths.find((one) => beginsWith(path, literalStart(one))) ?? paths[0]
}

function literalStart(given: unknown): string {
  // Router drops slashes at the end.
  return typeof given === 'string' ? (/^[\w./-]*/.exec(given)?.[0] ?? '').replace(/\/+$/, '') : ''
}

/** A RegExp with a `g` or `y` flag remembers where it matched; the app's own match must not find that moved. */
function matchAlone(layer: Router2Layer, alternative: number, path: string): Matched | false {
  const given = givenPath(layer, alternative)
  if (!(given instanceof RegExp)) return matcherOf(layer, alternative)(path)
  const { lastIndex } = given
  try {
    return matcherOf(layer, alternative)(path)
  } finally {
    given.lastIndex = lastIndex
  }
}

function matcherOf(layer: Router2Layer, alternative: number): (path: string) => Matched | false {
  return layer.matchers[alternative] as (path: string) => Matched | false
}

// Router 2.0 to 2.2 keep of a mount path only closures that match it. Each
// layer's text is recovered from the first path that it matches.
const recoveredTexts = new WeakMap<Layer, Map<number, string>>()

function recovered(layer: Router2Layer, match: LayerMatch, path: string): string {
  let texts = recoveredTexts.get(layer)
  if (texts === undefined) {
    texts = new Map()
    recoveredTexts.set(layer, texts)
  }
  let text = texts.get(match.alternative)
  if (text === undefined) {
    text = recover(matcherOf(layer, match.alternative), match.path, path)
    texts.set(match.alternative, text)
  }
  return text
}

/**
 * A part of the matched path is a parameter if other text in its place still
 * matches and the parameter then has that text.
 */
function recover(matcher: (path: string) => Matched | false, matched: string, path: string): string {
  const rest = path.slice(matched.length)
  const found: { start: number; end: number; text: string }[] = []
  const first = matcher(path)
  for (const [name, value] of Object.entries(first ? first.params : {})) {
    const wildcard = Array.isArray(value)
    for (const { start, end } of placesOf(matched, wildcard ? value : [value ?? ''])) {
      if (found.some((other) => start < other.end && other.start < end)) continue
      const other = otherText(matched.slice(start, end))
      const again = matcher(matched.slice(0, start) + other + matched.slice(end) + rest)
      if (!again || String(again.params[name]) !== (wildcard ? other.split('/').join() : other)) continue
      found.push({ start, end, text: (wildcard ? '*' : ':') + name })
      break
    }
  }
  return found
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: name }) => text.slice(0, start) + name + text.slice(end), matched)
}

/** The parts of a path from which a decoded value may have come. */
function placesOf(path: string, value: string[]): { start: number; end: number }[] {
  const spellings = new Set([value.join('/'), value.map(encodeURIComponent).join('/')])
  if (value.length === 1) {
    for (const segment of path.split('/')) {
      if (decodes(segment, value[0] as string)) spellings.add(segment)
    }
  }
  spellings.delete('')
  const places: { start: number; end: number }[] = []
  for (const spelling of spellings) {
    for (let start = path.indexOf(spelling); start !== -1; start = path.indexOf(spelling, start + 1)) {
      places.push({ start, end: start + spelling.length })
    }
  }
  return places
}

function decodes(segment: string, value: string): boolean {
  try {
    return decoded(segment) === value
  } catch {
    return false
  }
}

/** Different text with a digit for a digit and a letter for a letter, should the parameter take only such. */
function otherText(text: string): string {
  const other = text
    .replace(/%[0-9a-f]{2}/gi, 'x')
    .replace(/[0-9]/g, (digit) => (digit === '9' ? '0' : String(Number(digit) + 1)))
    .replace(/[a-z]/gi, (letter) =>
      letter === 'z' ? 'a' : letter === 'Z' ? 'A' : String.fromCharCode(letter.charCodeAt(0) + 1)
    )
  return other === text ? `${text}x` : other
}
