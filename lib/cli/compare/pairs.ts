import type { Figures, HandlerFigures, RouteFigures } from '../../figures/figures'

export type Pair<Each> = readonly [before: Each | undefined, after: Each | undefined]
type NamedRoute = readonly [name: string, figures: RouteFigures]

/** Pairs the routes of before and after that are the same: by method and path, or by the probes' name. */
export function pairsOfRoutes(before: Figures, after: Figures): Pair<NamedRoute>[] {
  const seen = ({ routes }: Figures) => [...routes].filter(([, { requests }]) => requests.count > 0)
  return paired(seen(before), seen(after), [
    ([name, { method, path }]) => `${name} ${method} ${path}`,
    ([, { method, path }]) => (method && path ? `${method} ${path}` : undefined),
    ([name]) => name
  ])
}

/**
 * Pairs handlers that are the same, although releases move lines: by name and place; those left by name, if
 * it is the only one with that; those without a name of their own by file, if it is the only one in that.
 */
export function pairsOfHandlers(
  before: readonly HandlerFigures[],
  after: readonly HandlerFigures[]
): Pair<HandlerFigures>[] {
  return paired(before, after, [
    ({ name, location }) => `${name}\0${location}`,
    ({ name }) => (/^handler-\d+$/.test(name) ? undefined : name),
    ({ location }) => (location === '' ? undefined : location.replace(/:\d+$/, '')),
    ({ name }) => name
  ])
}

/**
 * @param keys - give what tells whether two are the same, the surest first; undefined for what has no such
 * key
 */
function paired<Each>(
  before: readonly Each[],
  after: readonly Each[],
  keys: readonly ((each: Each) => string | undefined)[]
): Pair<Each>[] {
  const pairs: Pair<Each>[] = []
  const left = { before: new Set(before), after: new Set(after) }
  for (const key of keys) {
    const earlier = onlyOnes(left.before, key)
    for (const [of, is] of onlyOnes(left.after, key)) {
      const was = earlier.get(of)
      if (was === undefined) continue
      pairs.push([was, is])
      left.before.delete(was)
      left.after.delete(is)
    }
  }
  return [
    ...pairs,
    ...[...left.before].map((was): Pair<Each> => [was, undefined]),
    ...[...left.after].map((is): Pair<Each> => [undefined, is])
  ]
}

function onlyOnes<Each>(all: Iterable<Each>, key: (each: Each) => string | undefined): Map<string, Each> {
  const found = new Map<string, Each>()
  const several = new Set<string>()
  for (const each of all) {
    const of = key(each)
    if (of === undefined) continue
    if (found.has(of)) several.add(of)
    found.set(of, each)
  }
  for (const of of several) found.delete(of)
  return found
}
