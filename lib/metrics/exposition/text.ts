import type { Family } from '../families'
import { HistogramSeries, type Series, type Snapshot, SummarySeries, type ValueSeries } from '../snapshot'

export const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** Prometheus's text format 0.0.4. */
export function toText(snapshot: Snapshot): string {
  return written(snapshot, ({ name, help, type }) => [
    `# HELP ${name} ${escapeHelp(help)}`,
    `# TYPE ${name} ${type}`
  ])
}

/** OpenMetrics 1.0. */
export function toOpenMetrics(snapshot: Snapshot): string {
  const text = written(snapshot, ({ name: full, help, type, unit }) => {
    const name = type === 'counter' ? full.slice(0, -'_total'.length) : full
    return [
      `# HELP ${name} ${escapeLabel(help)}`,
      `# TYPE ${name} ${type}`,
      ...(unit === '' ? [] : [`# UNIT ${name} ${unit}`])
    ]
  })
  return `${text}# EOF\n`
}

function written(snapshot: Snapshot, heading: (family: Family) => string[]): string {
  const lines: string[] = []
  const bounds = snapshot.boundaries.map(formatBound)
  for (const { family, labels, series } of snapshot.families()) {
    lines.push(...heading(family))
    for (const each of series)
      writeSeries(lines, family.name, formatLabels(labels, each.labels), each, bounds)
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function writeSeries(
  lines: string[],
  name: string,
  labels: string,
  series: Series,
  bounds: readonly string[]
): void {
  const inBraces = labels === '' ? '' : `{${labels}}`
  if (series instanceof HistogramSeries) {
    const before = `${name}_bucket{${labels}${labels === '' ? '' : ','}le="`
    bounds.forEach((bound, i) => {
      lines.push(`${before}${bound}"} ${series.atMost[i]}`)
    })
    lines.push(`${before}+Inf"} ${series.count}`)
  }
  if (series instanceof HistogramSeries || series instanceof SummarySeries)
    lines.push(`${name}_sum${inBraces} ${series.sum}`, `${name}_count${inBraces} ${series.count}`)
  else lines.push(`${name}${inBraces} ${(series as ValueSeries).value}`)
}

/** A label that has no value is the same as none, and is left out. */
function formatLabels(names: readonly string[], values: readonly string[]): string {
  let text = ''
  names.forEach((name, i) => {
    const value = values[i] as string
    if (value !== '') text += `${text === '' ? '' : ','}${name}="${escapeLabel(value)}"`
  })
  return text
}

/** Prometheus's own reader of the text format takes a NUL for the end of all. */
export function escapeLabel(text: string): string {
  return /["\\\n\0]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"').replaceAll('\0', '\ufffd')
    : text
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/**
 * A bound as Prometheus itself writes one that it got in another format: the same label in every format, though
 * scrapers come to ask for another.
 */
export function formatBound(bound: number): string {
  if (bound >= 1e6 || (bound > 0 && bound < 1e-4))
    return bound.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  return Number.isInteger(bound) ? `${bound}.0` : String(bound)
}
