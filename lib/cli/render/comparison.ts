import type { Distribution } from '../../figures/distribution'
import type { Compared, ComparedHandler, ComparedRoute, RouteVerdict } from '../compare/comparison'
import type { Estimate } from '../compare/statistics'
import { joined, line, type Printable, printable } from '../printable'
import type { Style } from '../terminal/style'
import { duration } from './duration'
import { handlerTitle, type Names, routeTitle, sharedNames } from './names'
import { type TableRow, tableLines } from './table'

const HEADINGS = ['REQUESTS', 'BEFORE', 'AFTER', 'MEAN', 'BETWEEN', 'P50', 'P99', 'VERDICT'] as const
type Heading = (typeof HEADINGS)[number]

/** The verdicts in the order in which they are told. People look at the last ones. */
const ORDER: readonly RouteVerdict[] = [
  'gone',
  'new',
  'too few',
  'same',
  'unclear',
  'faster',
  'mixed',
  'slower'
]

/** Sorts so that what became slower comes last, and the one that costs most time at the very end. */
export function sortedByVerdict<Each extends Compared<unknown>>(
  all: readonly Each[],
  durationsOf: (each: Each) => Pair
): Each[] {
  const cost = (each: Each) => {
    const { before, after } = durationsOf(each)
    return before === undefined || after === undefined ? 0 : Math.abs(moreOf({ before, after })) * after.count
  }
  return [...all].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || cost(a) - cost(b))
}

interface Pair {
  before: Distribution | undefined
  after: Distribution | undefined
}

export function durationsOfRoute({ before, after }: ComparedRoute): Pair {
  return { before: before?.requests, after: after?.requests }
}

export function durationsOfHandler({ before, after }: ComparedHandler): Pair {
  return { before: before?.durations, after: after?.durations }
}

/** A row of the comparison: a route, or one of its handlers. */
export interface ComparisonRow extends TableRow<Heading> {
  of: 'route' | 'handler'
  compared: Compared<unknown>
}

/** Routes, and below each those of its handlers that changed; `all` has every one. The worst are last. */
export function comparisonRows(
  routes: readonly ComparedRoute[],
  { names, all }: { names: Names; all: boolean }
): ComparisonRow[] {
  return sortedByVerdict(routes, durationsOfRoute).flatMap((route) => {
    const shared = sharedNames(route.handlers)
    return [
      rowOf(comparedTitle(route, names), 'route', route, durationsOfRoute(route)),
      ...sortedByVerdict(route.handlers, durationsOfHandler)
        .filter(({ verdict }) => all || isChange(verdict))
        .map((handler) =>
          rowOf(handlerTitle(handler, shared), 'handler', handler, durationsOfHandler(handler))
        )
    ]
  })
}

export function comparisonTable(
  routes: readonly ComparedRoute[],
  asked: { names: Names; all: boolean },
  screen: { width?: number | undefined; style?: Style }
): Printable[] {
  const rows = comparisonRows(routes, asked).map((row) =>
    row.of === 'route' ? row : { ...row, title: line`  ${row.title}` }
  )
  const name = printable('ROUTE, HANDLERS')
  const dispensable = ['REQUESTS', 'P50', 'BETWEEN', 'P99'] as const
  return tableLines({ name, headings: HEADINGS, dispensable }, rows, screen)
}

export function comparedTitle({ name, before, after }: ComparedRoute, names: Names): Printable {
  return routeTitle(name, after ?? before ?? {}, names)
}

function isChange(verdict: RouteVerdict): boolean {
  return verdict === 'slower' || verdict === 'faster' || verdict === 'mixed'
}

function rowOf(
  title: Printable,
  of: ComparisonRow['of'],
  compared: Compared<unknown>,
  { before, after }: Pair
): ComparisonRow {
  const { verdict, certainty, tests } = compared
  const cells = new Map<Heading, Printable>()
  cells.set('REQUESTS', line`${before?.count ?? 0} ${printable('→')} ${after?.count ?? 0}`)
  if (before !== undefined) cells.set('BEFORE', duration(before.sumNs / before.count))
  if (after !== undefined) cells.set('AFTER', duration(after.sumNs / after.count))
  if (before !== undefined && after !== undefined) {
    cells.set('MEAN', change(after.sumNs / after.count / (before.sumNs / before.count)))
    cells.set('P50', change(after.quantile(0.5) / before.quantile(0.5)))
    if (tests?.p99 !== undefined) cells.set('P99', change(after.quantile(0.99) / before.quantile(0.99)))
  }
  if (tests !== undefined) cells.set('BETWEEN', between(tests.mean))
  cells.set(
    'VERDICT',
    certainty === undefined ? printable(verdict) : line`${printable(verdict)}, ${certaintyText(certainty)}`
  )
  const paint =
    verdict === 'slower' ? 'red' : verdict === 'faster' ? 'green' : of === 'route' ? 'bold' : undefined
  return { title, of, compared, cells, ...(paint === undefined ? {} : { paint }) }
}

/** The bounds between which the change of a mean is, with a probability of 95 %. */
function between({ low, high }: Estimate): Printable {
  return line`${change(Math.exp(low))} to ${change(Math.exp(high))}`
}

/** A ratio as people read it: +61 %, or ×12 for much more. */
function change(ratio: number): Printable {
  if (!Number.isFinite(ratio)) return printable('')
  if (ratio >= 10) return printable(`×${ratio.toFixed(0)}`)
  const percent = Math.round((ratio - 1) * 100)
  return printable(`${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)} %`)
}

function certaintyText(certainty: number): Printable {
  return printable(certainty > 0.999 ? '>99.9 %' : `${(Math.floor(certainty * 1000) / 10).toFixed(1)} %`)
}

function moreOf({ before, after }: { before: Distribution; after: Distribution }): number {
  return after.sumNs / after.count - before.sumNs / before.count
}

/** A sentence for each route that changed, the worst last: by how much, and in which handler most of it is. */
export function comparisonSentences(routes: readonly ComparedRoute[], names: Names): Printable[] {
  const changed = sortedByVerdict(routes, durationsOfRoute).filter(({ verdict }) => isChange(verdict))
  if (changed.length === 0) return [nothingChanged(routes)]
  return changed.map((route) => {
    const { before, after } = route as {
      before: { requests: Distribution }
      after: { requests: Distribution }
    }
    const means = line`${duration(meanOf(before.requests))} before, ${duration(meanOf(after.requests))} after`
    const mean = route.tests?.mean as Estimate
    const bounds = line`${change(Math.exp(mean.value))}, between ${change(Math.exp(mean.low))} and ${change(Math.exp(mean.high))}`
    return line`${comparedTitle(route, names)} is ${WORDS[route.verdict] ?? printable('')}: on average ${means} (${bounds})${tailOf(route)}${whereOf(route)}.`
  })
}

const WORDS: Partial<Record<RouteVerdict, Printable>> = {
  slower: printable('slower'),
  faster: printable('faster'),
  mixed: printable('slower for some requests and faster for others')
}

function meanOf({ sumNs, count }: Distribution): number {
  return sumNs / count
}

/** Tells what changed in the slowest requests, where the mean does not show it. */
function tailOf({ tests, before, after }: ComparedRoute): Printable {
  const isTold = tests?.p99 !== undefined && tests.p99.p < 0.05 && Math.abs(tests.p99.value) > Math.log(1.1)
  if (!isTold || before === undefined || after === undefined) return printable('')
  return line`; p99 ${duration(before.requests.quantile(0.99))} before, ${duration(after.requests.quantile(0.99))} after`
}

/** The handler in which most of the change is, if that is a half or more. */
function whereOf(route: ComparedRoute): Printable {
  const { before, after } = durationsOfRoute(route)
  if (before === undefined || after === undefined) return printable('')
  const more = moreOf({ before, after })
  const [most] = route.handlers
    .map((handler) => {
      const is = handler.after === undefined ? 0 : handler.after.durations.sumNs / after.count
      const was = handler.before === undefined ? 0 : handler.before.durations.sumNs / before.count
      return { handler, more: is - was }
    })
    .sort((a, b) => Math.sign(more) * (b.more - a.more))
  if (most === undefined || more === 0 || most.more / more < 0.5) return printable('')
  const direction = more > 0 ? line`more` : line`less`
  const part = duration(Math.min(Math.abs(most.more), Math.abs(more)))
  const place = placeOf(most.handler)
  return line`; of the ${duration(Math.abs(more))} ${direction}, ${part} are in ${place}`
}

function placeOf({ name, location }: ComparedHandler): Printable {
  const title = handlerTitle({ name, location })
  return location === '' || title === location ? title : line`${title} (${printable(location)})`
}

function nothingChanged(routes: readonly ComparedRoute[]): Printable {
  const count = (verdict: RouteVerdict) => routes.filter((route) => route.verdict === verdict).length
  const parts = [
    ...(count('same') > 0 ? [line`${count('same')} took the same time, within a tenth`] : []),
    ...(count('unclear') > 0 ? [line`${count('unclear')} vary too much to tell`] : []),
    ...(count('too few') > 0 ? [line`${count('too few')} had too few requests`] : [])
  ]
  const rest = parts.length === 0 ? printable('') : line`: ${joined(parts, '; ')}`
  return line`No route became slower or faster with a certainty of 95 %${rest}.`
}
