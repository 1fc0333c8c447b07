import type { Distribution } from '../../figures/distribution'
import { type HandlerFigures, handlerKey, mergedHandlers, type RouteFigures } from '../../figures/figures'
import type { Recording } from '../recording/recording'
import { pairsOfHandlers, pairsOfRoutes } from './pairs'
import {
  corrected,
  DurationSample,
  type Estimate,
  estimate,
  leastErrorOfSuperiority,
  logRatioOfMeans,
  logRatioOfQuantiles,
  superiority
} from './statistics'

/**
 * `mixed`: most requests became quicker and the slowest ones slower, or the other way round. `same`: the mean has
 * not changed by more than a tenth, with certainty. `unclear`: it may have.
 */
export type RouteVerdict = 'slower' | 'faster' | 'mixed' | 'same' | 'unclear' | 'too few' | 'new' | 'gone'

/**
 * The least numbers of requests, and of slices of time that have any, in which a difference can be looked
 * for.
 */
const LEAST_REQUESTS = 30
const LEAST_SLICES = 5
/** The least number of requests from which one can tell what one in a hundred took. */
const LEAST_FOR_P99 = 500

const SIGNIFICANT = 0.05
/**
 * The least changes that anybody would call slower, however certain they are: 5 % of the mean, 10 % of
 * p99, 55 of 100 pairs.
 */
const RELEVANT_MEAN = Math.log(1.05)
const RELEVANT_P99 = Math.log(1.1)
const RELEVANT_SUPERIORITY = 0.05
/** A mean that changed by less, up or down, is the same. */
const SAME = Math.log(1.1)

/** The comparisons of a route or a handler; `p` of each is corrected for all that were looked at. */
export interface Tests {
  /** The logarithm of the ratio of means. */
  mean: Estimate
  /** The probability that a request from after is the slower one of a pair. */
  superiority: Estimate
  /** The logarithm of the ratio of 99th percentiles; undefined where there are too few requests. */
  p99: Estimate | undefined
}

/** A route or a handler, before and after. */
export interface Compared<Each> {
  before: Each | undefined
  after: Each | undefined
  tests: Tests | undefined
  verdict: RouteVerdict
  /**
   * The highest probability with which the verdict was found, from 0 to 1. Only slower, faster and mixed have
   * one.
   */
  certainty: number | undefined
}

export interface ComparedRoute extends Compared<RouteFigures> {
  name: string
  handlers: ComparedHandler[]
}

export type ComparedHandler = Compared<HandlerFigures> & { name: string; location: string }

/** Tells what became slower or faster between two recordings with the same unit. */
export function compareRecordings(before: Recording, after: Recording): ComparedRoute[] {
  const routes = pairsOfRoutes(before.figures, after.figures).map(([one, other]): ComparedRoute => {
    const [earlier, later] = [slicesOf(before, one?.[0]), slicesOf(after, other?.[0])]
    const compared = compareEach(
      { figures: one?.[1], durations: one?.[1].requests, samples: earlier.requests() },
      { figures: other?.[1], durations: other?.[1].requests, samples: later.requests() }
    )
    const name = (other ?? one)?.[0] ?? ''
    const handlers = pairsOfHandlers(handlersOf(one?.[1]), handlersOf(other?.[1])).map(([was, is]) => {
      const { name, location } = (is ?? was) as HandlerFigures
      const pair = compareEach(
        { figures: was, durations: was?.durations, samples: earlier.runs(was) },
        { figures: is, durations: is?.durations, samples: later.runs(is) }
      )
      return { ...pair, name, location }
    })
    return { ...compared, name, handlers }
  })
  judgeAll(routes.flatMap((route) => [route, ...route.handlers]))
  return routes
}

function handlersOf(route: RouteFigures | undefined): HandlerFigures[] {
  return mergedHandlers(route?.handlers.values() ?? []).filter(({ durations }) => durations.count > 0)
}

interface Side<Each> {
  figures: Each | undefined
  durations: Distribution | undefined
  samples: DurationSample[]
}

function compareEach<Each>(before: Side<Each>, after: Side<Each>): Compared<Each> {
  const compared = { before: before.figures, after: after.figures, certainty: undefined }
  if (before.durations === undefined) return { ...compared, tests: undefined, verdict: 'new' }
  if (after.durations === undefined) return { ...compared, tests: undefined, verdict: 'gone' }
  const counts = [before.durations.count, after.durations.count]
  const slices = [before.samples.length, after.samples.length]
  if (Math.min(...counts) < LEAST_REQUESTS || Math.min(...slices) < LEAST_SLICES)
    return { ...compared, tests: undefined, verdict: 'too few' }
  const { grid } = before.durations
  const pair = [before.samples, after.samples] as const
  const leastError = leastErrorOfSuperiority(before.durations.count, after.durations.count)
  const tests: Tests = {
    mean: estimate(...pair, logRatioOfMeans, { expected: 0 }),
    superiority: estimate(...pair, superiority, { expected: 0.5, leastError }),
    p99:
      Math.min(...counts) < LEAST_FOR_P99
        ? undefined
        : estimate(...pair, logRatioOfQuantiles(grid, 0.99), { expected: 0 })
  }
  return { ...compared, tests, verdict: 'unclear' }
}

/** Gives each its verdict, once it is known how many were looked at. */
function judgeAll(all: readonly Compared<unknown>[]): void {
  const estimates = all.flatMap(({ tests }) =>
    tests === undefined
      ? []
      : [tests.mean, tests.superiority, ...(tests.p99 === undefined ? [] : [tests.p99])]
  )
  const probabilities = corrected(estimates.map(({ p }) => p))
  for (const [index, each] of estimates.entries()) each.p = probabilities[index] as number
  for (const each of all) if (each.tests !== undefined) Object.assign(each, judged(each.tests))
}

function judged({ mean, superiority, p99 }: Tests): Pick<Compared<unknown>, 'verdict' | 'certainty'> {
  const changes = [
    { change: mean.value, p: mean.p, least: RELEVANT_MEAN },
    { change: superiority.value - 0.5, p: superiority.p, least: RELEVANT_SUPERIORITY },
    ...(p99 === undefined ? [] : [{ change: p99.value, p: p99.p, least: RELEVANT_P99 }])
  ].filter(({ change, p, least }) => p < SIGNIFICANT && Math.abs(change) >= least)
  if (changes.length === 0) {
    const isSame = mean.low > -SAME && mean.high < SAME
    return { verdict: isSame ? 'same' : 'unclear', certainty: undefined }
  }
  const certainty = 1 - Math.min(...changes.map(({ p }) => p))
  if (changes.every(({ change }) => change > 0)) return { verdict: 'slower', certainty }
  if (changes.every(({ change }) => change < 0)) return { verdict: 'faster', certainty }
  return { verdict: 'mixed', certainty }
}

function slicesOf({ slices }: Pick<Recording, 'slices'>, route: string | undefined): RouteSlices {
  return new RouteSlices(
    route === undefined ? [] : slices.flatMap(({ figures }) => figures.routes.get(route) ?? [])
  )
}

/** One route's figures in each slice of time. Samples are those of slices that have any requests or runs. */
class RouteSlices {
  readonly #slices: readonly RouteFigures[]
  /** The handlers in each slice, by {@link handlerKey}. */
  readonly #handlers: readonly Map<string, HandlerFigures>[]

  constructor(slices: readonly RouteFigures[]) {
    this.#slices = slices
    this.#handlers = slices.map(
      ({ handlers }) => new Map(mergedHandlers(handlers.values()).map((each) => [handlerKey(each), each]))
    )
  }

  requests(): DurationSample[] {
    return samplesOf(this.#slices.map(({ requests }) => [requests]))
  }

  /** Gives runs of a handler, among them those of the time when its location was not known yet. */
  runs(handler: HandlerFigures | undefined): DurationSample[] {
    if (handler === undefined) return []
    const keys = new Set([handlerKey(handler), handlerKey({ name: handler.name, location: '' })])
    return samplesOf(
      this.#handlers.map((handlers) => [...keys].flatMap((key) => handlers.get(key)?.durations ?? []))
    )
  }
}

function samplesOf(slices: readonly (readonly Distribution[])[]): DurationSample[] {
  return slices.map((each) => DurationSample.of(each)).filter(({ count }) => count > 0)
}
