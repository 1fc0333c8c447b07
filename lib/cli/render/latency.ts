import type { Distribution } from '../../figures/distribution'
import { type Figures, type HandlerFigures, mergedHandlers, type RouteFigures } from '../../figures/figures'
import { isRouteNamed } from '../../figures/wanted'
import { joined, line, type Printable, printable } from '../printable'
import { type Style, unstyled } from '../terminal/style'
import { distributionBlock } from './distribution'
import { duration } from './duration'
import { handlerTitle, type Names, routeTitle, sharedNames } from './names'
import { type TableRow, tableLines } from './table'

/** The choice of figures that are shown. */
export interface LatencyAsked {
  /** One route, by any of its names. */
  route?: string | undefined
  routes: boolean
  handlers: boolean
  /** Whether handlers are added up over all routes. */
  total: boolean
}

/** A route with the handlers that its requests ran. */
export interface SortedRoute {
  name: string
  figures: RouteFigures
  /** Its handlers, the one that took most of the time last; empty where handlers are not asked for. */
  handlers: HandlerFigures[]
}

export interface SortedFigures {
  /** The routes, the slowest last. */
  routes: SortedRoute[]
  /**
   * The handlers of all those routes together, the one that took most of the time last; undefined
   * unless a total is asked for.
   */
  total: HandlerFigures[] | undefined
}

export function sortFigures(
  figures: Figures,
  { route: wanted, handlers, total }: LatencyAsked
): SortedFigures {
  const routes = [...figures.routes]
    .filter(
      ([name, route]) =>
        route.requests.count > 0 &&
        (wanted === undefined || isRouteNamed(wanted, name, route.method, route.path))
    )
    .map(
      ([name, route]): SortedRoute => ({
        name,
        figures: route,
        handlers: handlers && !total ? mostTimeLast(mergedHandlers(route.handlers.values())) : []
      })
    )
    .sort(bySlowness)
  const all = routes.flatMap((route) => [...route.figures.handlers.values()])
  return { routes, total: handlers && total ? mostTimeLast(mergedHandlers(all)) : undefined }
}

function mostTimeLast(handlers: HandlerFigures[]): HandlerFigures[] {
  return handlers
    .filter(({ durations }) => durations.count > 0)
    .sort((a, b) => a.durations.sumNs - b.durations.sumNs || (a.name < b.name ? -1 : 1))
}

/** Where routes are equally slow, their names keep them in order. */
function bySlowness({ figures: a, name }: SortedRoute, { figures: b, name: other }: SortedRoute): number {
  return (
    a.requests.quantile(0.99) - b.requests.quantile(0.99) ||
    a.requests.maxNs - b.requests.maxNs ||
    (name < other ? -1 : 1)
  )
}

const HEADINGS = ['COUNT', 'ERRORS', 'P50', 'P90', 'P99', 'MAX', 'TIME', 'BUSY', 'WAITING'] as const
type Heading = (typeof HEADINGS)[number]
type LatencyRow = TableRow<Heading>
type Cells = Map<Heading, Printable>

/** Columns that give way on a narrow terminal, the first of them first. */
const DISPENSABLE: readonly Heading[] = ['P90', 'MAX', 'COUNT']

const NAME_HEADING = 'ROUTE, HANDLERS'
/** More handlers than these are one line, unless all are asked for. */
const MOST_HANDLERS = 10

/**
 * Routes and their handlers in a table, the slowest route last, and in it the handler
 * that most of its time went to.
 *
 * @param all - whether handlers that take little of the time are shown too
 * @param width - of the terminal; without one, names are whole
 */
export function latencyTable(
  rows: SortedFigures,
  { handlers, names, routes }: LatencyAsked & { names: Names },
  all: boolean,
  { width, style = unstyled }: { width?: number | undefined; style?: Style } = {}
): Printable[] {
  const table: LatencyRow[] = []
  for (const route of rows.routes) {
    const title = routeTitle(route.name, route.figures, names)
    table.push({ title, cells: routes ? routeCells(route.figures) : new Map(), paint: 'bold' })
    table.push(...handlerRows(route.handlers, route.figures.requests.sumNs, all))
  }
  if (rows.total !== undefined) {
    const sumNs = rows.routes.reduce((sum, { figures }) => sum + figures.requests.sumNs, 0)
    table.push({ title: printable('All routes'), cells: new Map(), paint: 'bold' })
    table.push(...handlerRows(rows.total, sumNs, all))
  }
  const name = printable(handlers ? NAME_HEADING : 'ROUTE')
  return tableLines({ name, headings: HEADINGS, dispensable: DISPENSABLE }, table, { width, style })
}

function routeCells({ requests, errors }: RouteFigures): Cells {
  const cells = quantileCells(requests)
  if (errors > 0) cells.set('ERRORS', line`${errors}`)
  return cells
}

/** @param sumNs - of the requests that ran them */
function handlerRows(handlers: readonly HandlerFigures[], sumNs: number, all: boolean): LatencyRow[] {
  const left = handlers.slice(0, all ? 0 : Math.max(0, handlers.length - MOST_HANDLERS))
  const shared = sharedNames(handlers)
  const rows = handlers.slice(left.length).map((handler) => ({
    title: line`  ${handlerTitle(handler, shared)}`,
    cells: handlerCells(handler, sumNs)
  }))
  if (left.length === 0) return rows
  const leftNs = left.reduce((sum, { durations }) => sum + durations.sumNs, 0)
  return [{ title: line`  ${left.length} more`, cells: new Map([['TIME', partOf(leftNs, sumNs)]]) }, ...rows]
}

function partOf(ns: number, allNs: number): Printable {
  return line`${allNs > 0 ? Math.round(Math.min(1, ns / allNs) * 100) : 0} %`
}

function handlerCells({ durations, busyNs }: HandlerFigures, sumNs: number): Cells {
  const cells = quantileCells(durations)
  cells.set('TIME', partOf(durations.sumNs, sumNs))
  if (busyNs !== undefined) {
    cells.set('BUSY', duration(busyNs / durations.count))
    cells.set('WAITING', duration(Math.max(0, durations.sumNs - busyNs) / durations.count))
  }
  return cells
}

export function quantileCells(distribution: Distribution): Cells {
  return new Map<Heading, Printable>([
    ['COUNT', line`${distribution.count}`],
    ['P50', duration(distribution.quantile(0.5))],
    ['P90', duration(distribution.quantile(0.9))],
    ['P99', duration(distribution.quantile(0.99))],
    ['MAX', duration(distribution.maxNs)]
  ])
}

/**
 * Distributions: of the slowest route, of the one that took most of the time, and in each
 * of the handler that took most; or of all.
 */
export function latencyDistributions(
  rows: SortedFigures,
  { names, routes, route: wanted }: LatencyAsked & { names: Names },
  all: boolean
): Printable {
  const chosen = all || wanted !== undefined ? rows.routes : whatMatters(rows.routes)
  const blocks: Printable[] = []
  for (const { name, figures, handlers } of chosen) {
    const title = routeTitle(name, figures, names)
    if (routes) blocks.push(distributionBlock(title, 'route', figures.requests))
    const shared = sharedNames(handlers)
    const titleIn = (handler: HandlerFigures) =>
      rows.routes.length === 1
        ? handlerTitle(handler, shared)
        : line`${handlerTitle(handler, shared)}, in ${title}`
    const shown = all || wanted !== undefined ? handlers : handlers.slice(-1)
    for (const handler of shown)
      blocks.push(distributionBlock(titleIn(handler), 'handler', handler.durations))
  }
  const total = rows.total ?? []
  const shared = sharedNames(total)
  for (const handler of all ? total : total.slice(-1))
    blocks.push(distributionBlock(handlerTitle(handler, shared), 'handler', handler.durations))
  return joined(blocks, '\n')
}

function whatMatters(routes: readonly SortedRoute[]): SortedRoute[] {
  const slowest = routes.at(-1)
  const [longest] = [...routes].sort((a, b) => b.figures.requests.sumNs - a.figures.requests.sumNs)
  return [...new Set([longest, slowest])].filter((row) => row !== undefined)
}
