import { joined, line, type Printable, printable } from '../printable'
import type { Cause } from '../why/cause'
import type { Trait, TraitKind } from '../why/traits'

/** The number of slow requests from which on something that most of them share would be found. */
const ENOUGH = 8

/**
 * Tells what the slow requests have in common, with the counts that show it, or that nothing is known
 * of it.
 */
export function commonSentences({ common, quickMs, slow, turns, waitsFor }: Cause): Printable[] {
  if (quickMs === undefined) return []
  if (common === undefined) {
    if (slow < ENOUGH) return [line`${slow} slow runs are too few to tell what they have in common.`]
    return turns === undefined && waitsFor === undefined
      ? [line`Nothing that is known of the requests tells the slow ones from the others.`]
      : []
  }
  const { traits, counts, alike } = common
  const { slowWith, slowWithout, quickWith, quickWithout } = counts
  const what = joined(traits.map(traitTitle), ' and ')
  return [
    line`${slowWith} of ${slowWith + slowWithout} slow requests ${what}, ${quickWith} of ${quickWith + quickWithout} others.`,
    ...(alike.length > 0 ? [line`The same ones ${joined(alike.map(traitTitle), ', ')}.`] : [])
  ]
}

/** A trait as part of a sentence: `have sort=relevance in the query`. */
function traitTitle(trait: Trait): Printable {
  const { kind, value, atLeast, atMost, absent } = trait
  const name = printable(trait.name)
  if (atLeast !== undefined) return line`${MEASURES[kind](name)} of ${amount(kind, atLeast)} or more`
  if (atMost !== undefined) return line`${MEASURES[kind](name)} of ${amount(kind, atMost)} or less`
  if (absent) return line`have no ${WHERE[kind](name)}`
  if (value === undefined) return line`have the ${WHERE[kind](name)}`
  return VALUES[kind](name, printable(value))
}

type Named = (name: Printable) => Printable

const nothing: Named = (name) => name

const WHERE: Record<TraitKind, Named> = {
  route: nothing,
  query: (name) => line`query parameter ${name}`,
  parameter: (name) => line`route parameter ${name}`,
  header: (name) => line`header ${name}`,
  method: nothing,
  worker: nothing,
  client: nothing,
  'request size': nothing,
  'query size': nothing,
  'parameter size': nothing,
  'response size': nothing,
  status: nothing
}

const MEASURES: Record<TraitKind, Named> = {
  ...WHERE,
  query: (name) => line`have the query parameter ${name}`,
  parameter: (name) => line`have the route parameter ${name}`,
  'request size': () => line`have a body`,
  'query size': (name) => line`have a value of the query parameter ${name}`,
  'parameter size': (name) => line`have a value of the route parameter ${name}`,
  'response size': () => line`are answered with a body`
}

const VALUES: Record<TraitKind, (name: Printable, value: Printable) => Printable> = {
  route: (_name, value) => line`are ${value}`,
  query: (name, value) => line`have ${name}=${value} in the query`,
  parameter: (name, value) => line`have ${value} as route parameter ${name}`,
  header: (name, value) => line`have the header ${name}: ${value}`,
  method: (_name, value) => line`are ${value} requests`,
  worker: (_name, value) => line`are served by process ${value}`,
  client: (_name, value) => line`come from ${value}`,
  'request size': (_name, value) => line`have a body of ${value} bytes`,
  'query size': (name) => line`have ${name}`,
  'parameter size': (name) => line`have ${name}`,
  'response size': (_name, value) => line`are answered with ${value} bytes`,
  status: (_name, value) => line`end with status ${value}`
}

function amount(kind: TraitKind, value: number): Printable {
  if (kind === 'request size' || kind === 'response size') return line`${value} bytes`
  return kind.endsWith(' size') ? line`${value} characters` : line`${value}`
}
