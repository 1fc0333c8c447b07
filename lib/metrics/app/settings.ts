import { namedOptions, wrong } from '../../wrong-option'
import { HTTP_BOUNDARIES } from '../boundaries'
import { isShown, SHOWN_TAKES, type Shown } from '../handlers-shown'

/** Options as they are used. */
export interface MetricsSettings {
  handlers: Shown
  eventLoop: boolean
  limits: { routes: number; handlers: number }
  /** The boundaries of classic buckets in seconds, rising. */
  buckets: readonly number[]
}

const LIMITS = { routes: 500, handlers: 2000 }
const MOST_ROUTES = 100_000
const MOST_BUCKETS = 100

/**
 * @param what - the function that was called
 * @param options - what it was given
 * @param others - the names of options that it takes beside those of all metrics
 * @throws TypeError that says what was given and what is taken
 */
export function readMetricsOptions(
  what: string,
  options: unknown = {},
  others: readonly string[] = []
): MetricsSettings {
  const names = ['handlers', 'eventLoop', 'limits', ...others]
  const {
    handlers = true,
    eventLoop = true,
    limits = {},
    buckets = HTTP_BOUNDARIES
  } = namedOptions(what, options, names)
  if (!isShown(handlers)) throw wrong('option handlers', SHOWN_TAKES, handlers)
  if (typeof eventLoop !== 'boolean') throw wrong('option eventLoop', 'true or false', eventLoop)
  if (!areBuckets(buckets))
    throw wrong('option buckets', `at most ${MOST_BUCKETS} rising numbers of seconds above 0`, buckets)
  return { handlers, eventLoop, limits: readLimits(limits), buckets: [...buckets] }
}

function readLimits(given: unknown): MetricsSettings['limits'] {
  const limits = { ...LIMITS, ...namedOptions('option limits', given, Object.keys(LIMITS)) }
  for (const [name, limit] of Object.entries(limits))
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROUTES)
      throw wrong(`option limits.${name}`, `a whole number from 1 to ${MOST_ROUTES}`, limit)
  return limits
}

function areBuckets(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length <= MOST_BUCKETS &&
    value.every((each, i) => Number.isFinite(each) && each > (i === 0 ? 0 : value[i - 1]))
  )
}
