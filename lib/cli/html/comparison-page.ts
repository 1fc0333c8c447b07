import type { ComparedRoute } from '../compare/comparison'
import type { Recording } from '../recording/recording'
import { type ComparisonRow, comparisonRows, comparisonSentences } from '../render/comparison'
import type { Names } from '../render/names'
import { recordingTitle } from '../render/recording'
import { html, type Markup } from './html'
import { page } from './page'
import { changePicture } from './pictures'
import { cell, findings } from './recording-page'

/** A comparison as a page: what changed most is first. */
export function comparisonPage(
  [before, after]: readonly [Recording, Recording],
  routes: readonly ComparedRoute[],
  { names }: { names: Names }
): string {
  const rows = worstFirst(comparisonRows(routes, { names, all: false }))
  const body = html`<h1>Before and after</h1>
<p class="soft">Before: ${recordingTitle(before)}</p>
<p class="soft">After: ${recordingTitle(after)}</p>
${findings([...comparisonSentences(routes, names)].reverse())}
<h2>Routes, and handlers that changed</h2>
<div class="card">
<table>
<thead><tr><th>Route, handlers</th><th>Requests</th><th>Before</th><th>After</th><th>Mean</th><th>Between</th><th>P50</th><th>P99</th><th>Verdict</th><th>A third to three times as long</th></tr></thead>
<tbody>
${rows.map(tableRow)}
</tbody>
</table>
</div>
<footer>Made by restify-probes. Before and after are means. Each pair of bounds is 95 % certain, judged by how much slices of time differ; all verdicts together are 95 % certain or more.</footer>`
  return page('Before and after: restify-probes', body)
}

/** Puts what changed for the worse first, and each route's handlers below it. */
function worstFirst(rows: readonly ComparisonRow[]): ComparisonRow[] {
  const groups: ComparisonRow[][] = []
  for (const row of rows) {
    if (row.of === 'route') groups.unshift([row])
    else groups[0]?.splice(1, 0, row)
  }
  return groups.flat()
}

const MARKS: Record<string, string> = { slower: 'bad', faster: 'good', mixed: 'warn' }

function tableRow({ title, of, cells, compared }: ComparisonRow): Markup {
  const { tests, verdict } = compared
  const text = (label: string, heading: Parameters<typeof cells.get>[0], mark = '') =>
    cell(label, cells.get(heading), mark)
  const bounds = tests === undefined ? html`` : changePicture(tests.mean, verdict)
  return html`<tr class="${of}"><td class="name">${title}</td>${text('requests', 'REQUESTS')}${text('before', 'BEFORE')}${text('after', 'AFTER')}${text('mean', 'MEAN', MARKS[verdict])}${text('between', 'BETWEEN')}${text('p50', 'P50')}${text('p99', 'P99')}${text('verdict', 'VERDICT', MARKS[verdict])}<td class="picture">${bounds}</td></tr>
`
}
