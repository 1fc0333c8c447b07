import type { FinishedRequest } from '../../figures/request'
import { isError } from '../../figures/status-code'
import type { Printable } from '../printable'
import type { Recording } from '../recording/recording'
import { duration } from '../render/duration'
import { loopSentence } from '../render/event-loop'
import { type LatencyAsked, type SortedRoute, sortFigures } from '../render/latency'
import { handlerTitle, type Names, routeTitle, sharedNames } from '../render/names'
import { localTime } from '../render/recording'
import { html, type Markup } from './html'
import { page } from './page'
import { distributionPicture, legend, runPicture, sharePicture } from './pictures'

/** The number of routes whose slow requests are open when the page is. */
const OPEN = 3

export interface PageAsked extends Pick<LatencyAsked, 'route'> {
  names: Names
  /** The findings, in paragraphs, the headline first. */
  findings?: readonly Printable[]
}

/** A recording as a page to look at, and to send to others. */
export function recordingPage(recording: Recording, asked: PageAsked): string {
  const { routes } = sortFigures(recording.figures, { ...asked, routes: true, handlers: true, total: false })
  const slowestFirst = [...routes].reverse()
  const body = html`${heading(recording, slowestFirst)}
${findings(asked.findings ?? [])}
${slowestFirst.length === 0 ? html`<p>No request was seen.</p>` : routesTable(slowestFirst, asked)}
${slowRequests(recording.requests, slowestFirst, asked)}
${eventLoops(recording)}
<footer>Made by restify-probes ${recording.version} with <code>${recording.command}</code>. Held and waited are averages of a run; P50 to P99 are quantiles, known to within a factor of 1.41; counts and the longest are exact.</footer>`
  return page(`${recording.title}: restify-probes`, body)
}

function heading({ title, beganMs, endedMs, notes }: Recording, routes: readonly SortedRoute[]): Markup {
  const seconds = Math.max(1, Math.round((endedMs - beganMs) / 1000))
  const count = routes.reduce((sum, { figures }) => sum + figures.requests.count, 0)
  const errors = routes.reduce((sum, { figures }) => sum + figures.errors, 0)
  const slowest = routes[0]?.figures.requests
  const tiles = [
    tile(String(count), `requests in ${seconds} s`),
    tile(String(routes.length), routes.length === 1 ? 'route' : 'routes'),
    tile(String(errors), 'errors', errors > 0 ? 'bad' : ''),
    ...(slowest === undefined ? [] : [tile(duration(slowest.quantile(0.99)), 'p99 of the slowest route')]),
    ...(slowest === undefined
      ? []
      : [tile(duration(most(routes.map(({ figures }) => figures.requests.maxNs))), 'longest request')])
  ]
  return html`<h1>${title}</h1>
<p class="soft">${localTime(new Date(beganMs))} to ${localTime(new Date(endedMs)).slice(11)}</p>
${notes.map((note) => html`<p class="note card">${note}</p>`)}
<div class="tiles">${tiles}</div>`
}

/** Shows the findings above all else. */
export function findings([headline, ...others]: readonly Printable[]): Markup {
  if (headline === undefined) return html``
  return html`<div class="card findings"><p><b>${headline}</b></p>${others.map((text) => html`<p>${text}</p>`)}</div>`
}

function tile(figure: string, label: string, mark = ''): Markup {
  return html`<div class="tile card"><b class="${mark}">${figure}</b><span>${label}</span></div>`
}

function routesTable(routes: readonly SortedRoute[], { names }: PageAsked): Markup {
  const buckets = routes.flatMap(({ figures, handlers }) => [
    ...figures.requests.buckets.keys(),
    ...handlers.flatMap(({ durations }) => [...durations.buckets.keys()])
  ])
  const range = [least(buckets), most(buckets)] as const
  return html`<h2>Routes and their handlers</h2>
<div class="card">
<table>
<thead><tr><th>Route, handlers</th><th>Requests</th><th>Errors</th><th>P50</th><th>P90</th><th>P99</th><th>Max</th><th>Held</th><th>Waited</th><th>Distribution, or part of the route’s time</th></tr></thead>
<tbody>
${routes.map((route) => routeRows(route, names, range))}
</tbody>
</table>
</div>`
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY)
}

function most(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY)
}

function routeRows(
  { name, figures, handlers }: SortedRoute,
  names: Names,
  range: readonly [number, number]
): Markup {
  const { requests, errors } = figures
  const quantiles = [0.5, 0.9, 0.99].map((part) => duration(requests.quantile(part)))
  const route = html`<tr class="route"><td class="name">${routeTitle(name, figures, names)}</td>${cell('requests', String(requests.count))}${cell('errors', errors > 0 ? String(errors) : '', 'bad')}${cell('p50', quantiles[0])}${cell('p90', quantiles[1])}${cell('p99', quantiles[2])}${cell('max', duration(requests.maxNs))}<td></td><td></td><td class="picture">${distributionPicture(requests, range)}</td></tr>
`
  const mostFirst = [...handlers].reverse()
  const shared = sharedNames(handlers)
  return html`${route}${mostFirst.map((handler) => {
    const { durations, busyNs } = handler
    const [p50, p90, p99] = [0.5, 0.9, 0.99].map((part) => duration(durations.quantile(part)))
    const held = busyNs === undefined ? '' : duration(busyNs / durations.count)
    const waited =
      busyNs === undefined ? '' : duration(Math.max(0, durations.sumNs - busyNs) / durations.count)
    return html`<tr class="handler"><td class="name" title="${handler.location}">${handlerTitle(handler, shared)}</td>${cell('runs', String(durations.count))}<td></td>${cell('p50', p50)}${cell('p90', p90)}${cell('p99', p99)}${cell('max', duration(durations.maxNs))}${cell('held', held)}${cell('waited', waited)}<td class="picture">${sharePicture(handler, requests.sumNs)}</td></tr>
`
  })}`
}

/** A cell with its heading beside it where the screen is too narrow for a table. */
export function cell(label: string, text: string | undefined, mark = ''): Markup {
  if (text === undefined || text === '') return html`<td></td>`
  return html`<td data-label="${label}" class="${mark}">${text}</td>`
}

function slowRequests(
  requests: readonly FinishedRequest[],
  routes: readonly SortedRoute[],
  { names }: PageAsked
): Markup {
  const groups = routes
    .map((row) => ({ row, slow: requests.filter(({ route }) => route === row.name).reverse() }))
    .filter(({ slow }) => slow.length > 0)
  if (groups.length === 0) return html``
  return html`<h2>The slowest requests</h2>
${legend()}
${groups.map(({ row, slow }, index) => {
  const title = html`<summary class="name">${routeTitle(row.name, row.figures, names)}</summary>`
  const shown = slow.map(requestCard)
  return index < OPEN
    ? html`<details class="card" open>${title}${shown}</details>\n`
    : html`<details class="card">${title}${shown}</details>\n`
})}`
}

function requestCard(request: FinishedRequest): Markup {
  const { method, url, urlCut, status, durationNs, startMs, pid, handlers } = request
  const mark = isError(status) ? 'bad' : status >= 400 ? 'warn' : 'good'
  const shared = sharedNames(handlers)
  const runs = handlers.map(
    (
      handler
    ) => html`<div class="run"><span class="name" title="${handler.location}">${handlerTitle(handler, shared)}</span>${runPicture(handler, request)}<span class="took">${duration(handler.durationNs)}</span></div>
`
  )
  return html`<div class="request">
<header><b>${duration(durationNs)}</b><span class="${mark}">${status}</span><span class="url">${method} ${url}${urlCut ? '… (cut)' : ''}</span><span class="soft">${localTime(new Date(startMs)).slice(11)}, process ${pid}</span></header>
${runs}
</div>
`
}

function eventLoops({ loops }: Recording): Markup {
  if (loops.length === 0) return html``
  return html`<h2>Event loops</h2>
<div class="card">${loops.map((loop) => html`<p class="tile">${loopSentence(loop)}</p>`)}</div>`
}
