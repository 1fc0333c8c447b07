import type { Stretch } from '../../figures/held-loop'
import type { FinishedHandler, FinishedRequest } from '../../figures/request'
import { isError } from '../../figures/status-code'
import { joined, line, type Printable, printable } from '../printable'
import { type Paint, type Style, unstyled } from '../terminal/style'
import { callLine, callTitle } from './calls'
import { duration } from './duration'
import { handlerTitle, type Names, sharedNames } from './names'
import { fit, lengthOf, padStart, trimmed, widest } from './text'
import { timeOfDay } from './time'

/** A column of `trace`; the last one is as wide as what is left. */
interface Column {
  heading: Printable
  width: number
  /** Whether its cells are at its right. */
  isNumber?: boolean
  text(request: FinishedRequest): Printable
  paint?(request: FinishedRequest): Paint
}

/** The parts of requests that are shown in columns of their own. */
export interface RequestColumnsAsked {
  names: Names
  /** The width of the terminal; undefined where nothing needs to be cut. */
  width: number | undefined
  /** Whether to tell processes apart. */
  pid: boolean
  /** Headers or parameters, each with its value in a request. */
  values?: readonly { heading: Printable; of(request: FinishedRequest): Printable }[]
}

const GAP = '  '
const VALUE_WIDTH = 16
const VALUE_WIDTH_OF_NARROW = 10
const MIN_ROUTE = 10
const MAX_ROUTE = 40
/** The width of routes where there is no terminal. Longer ones push what comes after them to the right. */
const ROUTE_OF_FILE = 24
/** A narrow terminal does without the milliseconds of the clock. */
const NARROW = 100

/** Requests a line each, in columns that stay the same. */
export class RequestColumns {
  readonly #columns: readonly Column[]
  readonly #width: number
  readonly #style: Style

  constructor(asked: RequestColumnsAsked, style: Style = unstyled) {
    this.#style = style
    this.#width = asked.width ?? Number.POSITIVE_INFINITY
    this.#columns = columnsOf(asked)
  }

  heading(): Printable {
    const cells = this.#columns.map((column) => this.#cell(column, column.heading))
    return this.#style('inverse', joined(cells, GAP))
  }

  /** A line that tells when a request began, how it went, and what was asked for. */
  line(request: FinishedRequest): Printable {
    const cells = this.#columns.map((column) => {
      const cell = this.#cell(column, column.text(request))
      return column.paint === undefined ? cell : this.#style(column.paint(request), cell)
    })
    return trimmed(joined(cells, GAP))
  }

  #cell({ width, isNumber = false }: Column, text: Printable): Printable {
    const isWhole = this.#width === Number.POSITIVE_INFINITY
    if (isNumber) return padStart(text, width)
    return isWhole ? fit(text, Math.max(width, lengthOf(text))) : fit(text, width)
  }
}

function columnsOf({ names, width, pid, values = [] }: RequestColumnsAsked): Column[] {
  const isNarrow = width !== undefined && width < NARROW
  const begun: Column = {
    heading: line`TIME`,
    width: isNarrow ? 8 : 12,
    text: ({ startMs }) => timeOfDay(new Date(startMs), isNarrow),
    paint: () => 'dim'
  }
  const fixed: Column[] = [
    begun,
    ...(pid ? [{ heading: line`PID`, width: 7, isNumber: true, text: pidOf }] : []),
    {
      heading: line`STATUS`,
      width: 6,
      isNumber: true,
      text: ({ status }) => line`${status}`,
      paint: paintOf
    },
    { heading: line`TOOK`, width: 7, isNumber: true, text: tookOf, paint: () => 'bold' },
    { heading: line`METHOD`, width: 7, text: ({ method }) => printable(method) }
  ]
  const widthOf = (columns: readonly Column[]) =>
    columns.reduce((sum, column) => sum + column.width + GAP.length, 0)
  for (const { heading, of } of values) {
    const column = { heading, width: isNarrow ? VALUE_WIDTH_OF_NARROW : VALUE_WIDTH, text: of }
    if (width === undefined || widthOf([...fixed, column]) + 2 * MIN_ROUTE < width) fixed.push(column)
  }
  const taken = widthOf(fixed)
  const room = width === undefined ? undefined : width - taken - GAP.length
  const routeWidth =
    room === undefined ? ROUTE_OF_FILE : Math.min(MAX_ROUTE, Math.max(MIN_ROUTE, Math.floor(room * 0.4)))
  return [
    ...fixed,
    {
      heading: line`ROUTE`,
      width: routeWidth,
      text: (request) => routeOf(request, names),
      paint: () => 'cyan'
    },
    { heading: line`URL`, width: room === undefined ? 0 : room - routeWidth, text: urlOf }
  ]
}

function pidOf({ pid }: FinishedRequest): Printable {
  return line`${pid}`
}

function tookOf({ durationNs }: FinishedRequest): Printable {
  return duration(durationNs)
}

function paintOf({ status }: FinishedRequest): Paint {
  return isError(status) ? 'red' : status >= 400 ? 'yellow' : 'green'
}

/** The path alone, since the method has a column. */
function routeOf({ route, routePath }: FinishedRequest, names: Names): Printable {
  return printable(names === 'path' && routePath ? routePath : route)
}

function urlOf({ url, urlCut }: FinishedRequest): Printable {
  return urlCut ? line`${printable(url)}…(cut)` : printable(url)
}

const DURATION_WIDTH = 8
const MAX_NAME = 30
const MIN_BAR = 10
/**
 * Calls stand below their handler, a little to the right, and their titles get at most so much of the width.
 */
const CALL_INDENT = 2
const CALL_PART = 0.4

const HELD = '█'
const HELD_BY_OTHERS = '▒'
const WAITED = '░'

/** The marks that the bars of {@link waterfall} are made of. */
export const LEGEND = line`${printable(HELD)} held the event loop  ${printable(
  HELD_BY_OTHERS
)} waited while another request held it  ${printable(WAITED)} waited`

/**
 * Each handler as a bar on the request's own time line, as wide as told: full while it held the event loop, half full
 * while it waited and another request held it, lighter while it waited for something else, where that is known.
 */
export function waterfall(
  { handlers, durationNs, heldByOthers = [], callsLeftOut = 0 }: FinishedRequest,
  width: number,
  style: Style = unstyled,
  scaleNs: number = durationNs
): Printable[] {
  if (handlers.length === 0) return []
  const shared = sharedNames(handlers)
  const longestName = widest(handlers.map((handler) => handlerTitle(handler, shared)))
  const calls = handlers.flatMap((handler) => handler.calls ?? [])
  const longestCall = calls.length > 0 ? widest(calls.map(callTitle)) + CALL_INDENT : 0
  const nameWidth = Math.max(
    Math.min(longestName, MAX_NAME),
    Math.min(longestCall, Math.max(MAX_NAME, Math.floor(width * CALL_PART)))
  )
  const barWidth = Math.max(MIN_BAR, width - nameWidth - DURATION_WIDTH - 6)
  const slowest = handlers.reduce((most, handler) => Math.max(most, handler.durationNs), 0)
  const scale = { totalNs: Math.max(scaleNs, 1), width: barWidth }
  const lines = handlers.flatMap((handler) => {
    const bar = barOf(handler, heldByOthers, scale)
    const isSlowest = handler.durationNs === slowest
    const name = fit(handlerTitle(handler, shared), nameWidth)
    const took = padStart(duration(handler.durationNs), DURATION_WIDTH)
    return [
      line`  ${isSlowest ? style('bold', name) : name}  ${style(isSlowest ? 'red' : 'cyan', bar)}  ${took}`,
      ...(handler.calls ?? []).map((call) =>
        callLine(call, { nameWidth, durationWidth: DURATION_WIDTH }, scale, style)
      )
    ]
  })
  if (callsLeftOut > 0) lines.push(line`  … ${callsLeftOut} more calls`)
  return lines
}

/** A bar of whole columns, or a thin line for what is shorter than one. */
function barOf(
  { startNs, durationNs, busyNs = durationNs, heldLater = [] }: FinishedHandler,
  heldByOthers: readonly Stretch[],
  { totalNs, width }: { totalNs: number; width: number }
): Printable {
  const from = Math.min(width - 1, Math.max(0, Math.floor((startNs / totalNs) * width)))
  const length = Math.min(width - from, Math.round((durationNs / totalNs) * width))
  const busy = durationNs > 0 ? Math.round(length * Math.min(1, busyNs / durationNs)) : length
  let bar = length < 1 ? '▏' : HELD.repeat(busy)
  for (let column = from + busy; column < from + length; column++) {
    const middleNs = ((column + 0.5) / width) * totalNs
    const isIn = ([start, held]: Stretch) => start <= middleNs && middleNs < start + held
    bar += heldLater.some(isIn) ? HELD : heldByOthers.some(isIn) ? HELD_BY_OTHERS : WAITED
  }
  return printable(' '.repeat(from) + bar + ' '.repeat(Math.max(0, width - from - lengthOf(bar))))
}
