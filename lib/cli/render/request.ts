import type { FinishedHandler, FinishedRequest } from '../../figures/request'
import { isError } from '../../figures/status'
import { joined, line, type Printable, printable } from '../printable'
import { plain, type Style } from '../terminal/style'
import { duration } from './duration'
import { handlerTitle, routeTitle } from './names'
import { fit, lengthOf, padStart } from './text'

const DURATION_WIDTH = 8
const MAX_NAME = 30
const MIN_BAR = 10

/** The line of a request: when it began, what was asked for, how it went. */
export function requestLine(request: FinishedRequest, style: Style = plain): Printable {
  const { startMs, method, url, urlCut, status, durationNs, route, routePath } = request
  const paint = isError(status) ? 'red' : status >= 400 ? 'yellow' : 'green'
  const parts = [
    style('dim', timeOfDay(new Date(startMs))),
    printable(method),
    urlCut ? line`${printable(url)}${style('yellow', line`…(cut)`)}` : printable(url),
    style(paint, line`${status}`),
    style('bold', duration(durationNs)),
    style('cyan', routeTitle(route, { method, path: routePath ?? '' }))
  ]
  return joined(parts, '  ')
}

/** Local time, as logs and clocks on the wall have it. */
function timeOfDay(date: Date): Printable {
  const digits = (value: number, count: number) => String(value).padStart(count, '0')
  const seconds = `${digits(date.getSeconds(), 2)}.${digits(date.getMilliseconds(), 3)}`
  return printable(`${digits(date.getHours(), 2)}:${digits(date.getMinutes(), 2)}:${seconds}`)
}

/**
 * Each handler as a bar on the request's own time line, as wide as told: full while it held the event loop, lighter while
 * it waited, where that is known.
 */
export function waterfall(
  { handlers, durationNs }: FinishedRequest,
  width: number,
  style: Style = plain
): Printable[] {
  if (handlers.length === 0) return []
  const longestName = Math.max(...handlers.map((handler) => lengthOf(handlerTitle(handler, handlers))))
  const nameWidth = Math.min(longestName, MAX_NAME)
  const barWidth = Math.max(MIN_BAR, width - nameWidth - DURATION_WIDTH - 6)
  const slowest = Math.max(...handlers.map((handler) => handler.durationNs))
  return handlers.map((handler) => {
    const bar = barOf(handler, Math.max(durationNs, 1), barWidth)
    const isSlowest = handler.durationNs === slowest
    const name = fit(handlerTitle(handler, handlers), nameWidth)
    const took = padStart(duration(handler.durationNs), DURATION_WIDTH)
    return line`  ${isSlowest ? style('bold', name) : name}  ${style(isSlowest ? 'red' : 'cyan', bar)}  ${took}`
  })
}

/** Whole columns in between, and a thin line for what is shorter than one. */
function barOf(
  { startNs, durationNs, busyNs = durationNs }: FinishedHandler,
  totalNs: number,
  width: number
): Printable {
  const from = Math.min(width - 1, Math.max(0, Math.floor((startNs / totalNs) * width)))
  const length = Math.min(width - from, Math.round((durationNs / totalNs) * width))
  const busy = durationNs > 0 ? Math.round(length * Math.min(1, busyNs / durationNs)) : length
  const bar = length < 1 ? '▏' : '█'.repeat(busy) + '░'.repeat(length - busy)
  return printable(' '.repeat(from) + bar + ' '.repeat(Math.max(0, width - from - lengthOf(bar))))
}
