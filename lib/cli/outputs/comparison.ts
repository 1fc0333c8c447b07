import type { Distribution } from '../../figures/distribution'
import type { Compared, ComparedRoute } from '../compare/comparison'
import type { Estimate } from '../compare/statistics'
import { line } from '../printable'
import {
  comparisonSentences,
  comparisonTable,
  durationsOfHandler,
  durationsOfRoute,
  sortedByVerdict
} from '../render/comparison'
import { quantilesJson } from '../render/json'
import type { Names } from '../render/names'
import { print, printJson } from '../terminal/output'
import type { Style } from '../terminal/style'
import { chosen, type Output } from './output'

export interface ComparisonAsked {
  json: boolean
  names: Names
  /** Whether handlers that did not change are shown too. */
  all: boolean
}

export function comparisonOutput(asked: ComparisonAsked, style: Style): Output<readonly ComparedRoute[]> {
  return chosen<Output<readonly ComparedRoute[]>>(asked, {
    text: () => new ComparisonText(asked, style),
    json: () => new ComparisonJson()
  })
}

class ComparisonText implements Output<readonly ComparedRoute[]> {
  constructor(
    private readonly asked: ComparisonAsked,
    private readonly style: Style
  ) {}

  show(routes: readonly ComparedRoute[]): void {
    const { names } = this.asked
    const width = process.stdout.isTTY ? process.stdout.columns : undefined
    for (const row of comparisonTable(routes, this.asked, { width, style: this.style })) print(row)
    print(line``)
    for (const sentence of comparisonSentences(routes, names)) print(sentence)
  }
}

class ComparisonJson implements Output<readonly ComparedRoute[]> {
  show(routes: readonly ComparedRoute[]): void {
    for (const route of sortedByVerdict(routes, durationsOfRoute)) {
      const { method, path } = route.after ?? route.before ?? {}
      const errors = { errorsBefore: route.before?.errors ?? 0, errorsAfter: route.after?.errors ?? 0 }
      const described = { ...(method ? { method } : {}), ...(path ? { path } : {}) }
      const { name } = route
      printJson({ type: 'route', name, ...described, ...json(route, durationsOfRoute(route)), ...errors })
      for (const handler of sortedByVerdict(route.handlers, durationsOfHandler)) {
        const { name, location } = handler
        const place = location === '' ? {} : { location }
        printJson({
          type: 'handler',
          name,
          route: route.name,
          ...place,
          ...json(handler, durationsOfHandler(handler))
        })
      }
    }
  }
}

function json(
  { verdict, certainty, tests }: Compared<unknown>,
  { before, after }: { before: Distribution | undefined; after: Distribution | undefined }
): Record<string, unknown> {
  return {
    verdict,
    ...(certainty === undefined ? {} : { certainty }),
    before: figuresJson(before),
    after: figuresJson(after),
    ...(tests === undefined
      ? {}
      : {
          mean: ratioJson(tests.mean),
          superiority: estimateJson(tests.superiority),
          ...(tests.p99 === undefined ? {} : { p99: ratioJson(tests.p99) })
        })
  }
}

function figuresJson(durations: Distribution | undefined): Record<string, number> | null {
  if (durations === undefined) return null
  return { ...quantilesJson(durations), sumNs: Math.round(durations.sumNs) }
}

function ratioJson({ value, low, high, p }: Estimate): Record<string, number> {
  return { ratio: Math.exp(value), low: Math.exp(low), high: Math.exp(high), p }
}

function estimateJson({ value, low, high, p }: Estimate): Record<string, number> {
  return { value, low, high, p }
}
