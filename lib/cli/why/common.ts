import type { FinishedRequest } from '../../figures/request'
import { type FourFold, fisher, phi } from './statistics'
import { hasTrait, TRAIT_KINDS, type Trait, type TraitKind, type Traits, traitsOf } from './traits'

/**
 * The highest probability that chance alone gives slow requests a trait, all traits that were tried taken
 * together.
 */
const CHANCE = 0.001

/** The part of the slow requests that must have it. */
const LEAST_COVERAGE = 0.5

/** The least factor by which requests are slow more often if they have it. */
const LEAST_RISK = 3

/** Differences of the coefficient that decide nothing: then the kind decides. */
const TIE = 0.02

/** The least by which a second trait must tell slow ones better than the first alone. */
const SECOND = 0.05

/** The most requests of each side that are compared. */
const MOST_SLOW = 3000
const MOST_QUICK = 10_000

/** Values of one number that are tried as bounds. */
const BOUNDS = 40

/** The most other traits that are named as they tell slow requests as well. */
const MOST_ALIKE = 3

/** A trait that slow requests have and quick ones have not, or two which do so together. */
export interface Common {
  traits: Trait[]
  counts: FourFold
  /** The probability that chance does this, times the number of traits that were tried. */
  probability: number
  /** Other traits that tell slow requests from quick ones as well. */
  alike: Trait[]
}

interface Candidate {
  trait: Trait
  counts: FourFold
  phi: number
  probability: number
}

/** @returns undefined where nothing tells slow requests from quick ones, or too few were seen to say so */
export function commonTrait(
  slow: readonly FinishedRequest[],
  quick: readonly FinishedRequest[]
): Common | undefined {
  const slowTraits = sample(slow, MOST_SLOW).map(traitsOf)
  const quickTraits = sample(quick, MOST_QUICK).map(traitsOf)
  const [best, ...others] = ranked(slowTraits, quickTraits)
  if (best === undefined) return undefined
  const { trait, counts, probability } = best
  const alike = others
    .filter((other) => best.phi - other.phi <= TIE && isOther(other.trait, trait))
    .filter((other, index, all) => all.findIndex((one) => !isOther(one.trait, other.trait)) === index)
    .slice(0, MOST_ALIKE)
    .map((other) => other.trait)
  return together(best, slowTraits, quickTraits) ?? { traits: [trait], counts, probability, alike }
}

/** Adds a second trait, among requests that have the first, where both tell more than that one. */
function together(first: Candidate, slow: readonly Traits[], quick: readonly Traits[]): Common | undefined {
  const { trait, counts, phi: alone, probability } = first
  if (counts.quickWith <= counts.slowWith / 4) return undefined
  const [second] = ranked(
    slow.filter((one) => hasTrait(one, trait)),
    quick.filter((one) => hasTrait(one, trait))
  )
  if (second === undefined) return undefined
  const slowWith = second.counts.slowWith
  const quickWith = second.counts.quickWith
  const both: FourFold = {
    slowWith,
    slowWithout: slow.length - slowWith,
    quickWith,
    quickWithout: quick.length - quickWith
  }
  if (phi(both) < alone + SECOND) return undefined
  return {
    traits: implies(second.trait, trait) ? [second.trait] : [trait, second.trait],
    counts: both,
    probability: Math.max(probability, second.probability),
    alike: []
  }
}

/** Whether requests that have one trait have the other in any case, as those with `limit=60000` have a limit of 50 or more. */
function implies(one: Trait, other: Trait): boolean {
  if (one.kind !== other.kind || one.name !== other.name || one.absent || other.absent) return false
  if (one.value !== undefined) return true
  return (
    (one.atLeast ?? one.atMost) !== undefined && (one.atLeast === undefined) === (other.atLeast === undefined)
  )
}

/** One of a request's own traits, whichever of its values, lengths and bounds is spoken of. */
function isOther(a: Trait, b: Trait): boolean {
  const plain = ({ kind, name }: Trait) => `${kind.replace(/ size$/, '')} ${name}`
  return plain(a) !== plain(b)
}

/** The traits that tell slow requests from quick ones, the one that does so best first. */
function ranked(slow: readonly Traits[], quick: readonly Traits[]): Candidate[] {
  const tried = [...values(slow, quick), ...bounds(slow, quick)]
  const found = tried
    .filter(({ counts }) => isTelling(counts))
    .map((one) => ({ ...one, phi: phi(one.counts), probability: fisher(one.counts) * tried.length }))
    .filter(({ probability }) => probability < CHANCE)
    .sort((a, b) => b.phi - a.phi)
  const best = found[0]?.phi ?? 0
  const near = found.filter((one) => best - one.phi <= TIE)
  return [...near.sort((a, b) => rank(a.trait) - rank(b.trait)), ...found.slice(near.length)]
}

function isTelling({ slowWith, slowWithout, quickWith, quickWithout }: FourFold): boolean {
  const slow = slowWith + slowWithout
  if (slow === 0 || slowWith < slow * LEAST_COVERAGE) return false
  const risk = slowWith / (slowWith + quickWith)
  const others = slowWithout + quickWithout
  return others > 0 && risk >= LEAST_RISK * (slowWithout / others)
}

/** A value says more than that something is there, and that more than a bound. A status says more than its class. */
function rank({ kind, value, atLeast, atMost, absent }: Trait): number {
  if (kind === 'status' && value?.endsWith('xx')) return TRAIT_KINDS.indexOf(kind) + 0.25
  const form = absent
    ? 0.75
    : value !== undefined
      ? 0
      : atLeast !== undefined || atMost !== undefined
        ? 0.5
        : 0.25
  return TRAIT_KINDS.indexOf(kind) + form
}

/** Each value that a request has, each that is there at all, and each that is not. */
function values(slow: readonly Traits[], quick: readonly Traits[]): Pick<Candidate, 'trait' | 'counts'>[] {
  const counted = new Map<string, { trait: Trait; slow: number; quick: number }>()
  const count = (traits: readonly Traits[], side: 'slow' | 'quick') => {
    for (const { has } of traits) {
      for (const key of new Map(has.map((trait) => [keyOf(trait), trait]))) {
        const known = counted.get(key[0]) ?? { trait: key[1], slow: 0, quick: 0 }
        counted.set(key[0], known)
        known[side]++
      }
    }
  }
  count(slow, 'slow')
  count(quick, 'quick')
  return [...counted.values()].flatMap(({ trait, slow: slowWith, quick: quickWith }) => {
    const counts = {
      slowWith,
      slowWithout: slow.length - slowWith,
      quickWith,
      quickWithout: quick.length - quickWith
    }
    const without = {
      slowWith: counts.slowWithout,
      slowWithout: slowWith,
      quickWith: counts.quickWithout,
      quickWithout: quickWith
    }
    return trait.value === undefined
      ? [
          { trait, counts },
          { trait: { ...trait, absent: true as const }, counts: without }
        ]
      : [{ trait, counts }]
  })
}

function keyOf({ kind, name, value }: Trait): string {
  return `${kind}\0${name}\0${value === undefined ? '' : `=${value}`}`
}

/** Numbers that are at least or at most so much. */
function bounds(slow: readonly Traits[], quick: readonly Traits[]): Pick<Candidate, 'trait' | 'counts'>[] {
  const numbers = new Map<string, { kind: TraitKind; name: string; slow: number[]; quick: number[] }>()
  const collect = (traits: readonly Traits[], side: 'slow' | 'quick') => {
    for (const { measures } of traits) {
      for (const { kind, name, value } of measures) {
        const key = `${kind}\0${name}`
        const known = numbers.get(key) ?? { kind, name, slow: [], quick: [] }
        numbers.set(key, known)
        known[side].push(value)
      }
    }
  }
  collect(slow, 'slow')
  collect(quick, 'quick')
  return [...numbers.values()].flatMap(({ kind, name, slow: slowOnes, quick: quickOnes }) => {
    slowOnes.sort((a, b) => a - b)
    quickOnes.sort((a, b) => a - b)
    return boundsToTry(slowOnes, quickOnes).flatMap((bound) => {
      const slowBelow = below(slowOnes, bound)
      const quickBelow = below(quickOnes, bound)
      return [
        {
          trait: { kind, name, atLeast: bound },
          counts: fourFold(
            slowOnes.length - slowBelow,
            slow.length,
            quickOnes.length - quickBelow,
            quick.length
          )
        },
        {
          trait: { kind, name, atMost: greatestBelow(slowOnes, quickOnes, bound) },
          counts: fourFold(slowBelow, slow.length, quickBelow, quick.length)
        }
      ]
    })
  })
}

function fourFold(slowWith: number, slow: number, quickWith: number, quick: number): FourFold {
  return { slowWith, slowWithout: slow - slowWith, quickWith, quickWithout: quick - quickWith }
}

/** Values at which slow ones and quick ones are divided; the least of all divides nothing. */
function boundsToTry(slow: readonly number[], quick: readonly number[]): number[] {
  const all = [...new Set([...slow, ...quick])].sort((a, b) => a - b).slice(1)
  if (all.length <= BOUNDS) return all
  const evenly = (values: readonly number[]) =>
    Array.from(
      { length: BOUNDS / 2 },
      (_, i) => values[Math.floor((i * values.length) / (BOUNDS / 2))] as number
    )
  // Bounds are taken of the slow ones themselves too: where they are few, a bound among all is far from theirs.
  return [...new Set([...evenly(all), ...(slow.length > 0 ? evenly(slow) : [])])]
}

/** The number of sorted values that are less. */
function below(sorted: readonly number[], bound: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < bound) low = middle + 1
    else high = middle
  }
  return low
}

function greatestBelow(slow: readonly number[], quick: readonly number[], bound: number): number {
  return Math.max(
    slow[below(slow, bound) - 1] ?? Number.NEGATIVE_INFINITY,
    quick[below(quick, bound) - 1] ?? Number.NEGATIVE_INFINITY
  )
}

/** Takes values evenly from all, where there are more than `most`. */
function sample<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)] as T)
}
