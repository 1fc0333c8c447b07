import type { FinishedCall } from '../../figures/request'
import { isError } from '../../figures/status-code'
import { line, type Printable, printable } from '../printable'
import type { Style } from '../terminal/style'
import { duration } from './duration'
import { fit, lengthOf, padStart } from './text'

const UNTIL_RESPONSE = '─'
const UNTIL_END = '━'

/** The marks that the bars of calls are made of. */
export const CALLS_LEGEND = line`${printable(UNTIL_RESPONSE)} called out, until the response began  ${printable(UNTIL_END)} until it ended`

/** A call's title: `200 GET api:8080/v1/users`, or the error in place of the status. */
export function callTitle({ status, error, method, host, path }: FinishedCall): Printable {
  const outcome = error !== '' ? error : status > 0 ? String(status) : 'open'
  return printable(`${outcome} ${method} ${host}${path}`)
}

/** A call as a bar on its request's time line. */
export function callLine(
  call: FinishedCall,
  { nameWidth, durationWidth }: { nameWidth: number; durationWidth: number },
  scale: { totalNs: number; width: number },
  style: Style
): Printable {
  const name = fit(line`  ${callTitle(call)}`, nameWidth)
  const isBad = call.error !== '' || isError(call.status)
  // A call that the request did not wait for took longer than that.
  const took = line`${printable(call.over ? '' : '>')}${duration(call.durationNs)}`
  return line`  ${isBad ? style('red', name) : name}  ${style('yellow', barOf(call, scale))}  ${padStart(took, durationWidth)}`
}

function barOf(
  { startNs, durationNs, respondedNs }: FinishedCall,
  { totalNs, width }: { totalNs: number; width: number }
): Printable {
  const from = Math.min(width - 1, Math.max(0, Math.floor((startNs / totalNs) * width)))
  const length = Math.min(width - from, Math.round((durationNs / totalNs) * width))
  const waited = respondedNs === 0 ? length : Math.round(length * Math.min(1, respondedNs / durationNs))
  const bar = length < 1 ? '╶' : UNTIL_RESPONSE.repeat(waited) + UNTIL_END.repeat(length - waited)
  return printable(' '.repeat(from) + bar + ' '.repeat(Math.max(0, width - from - lengthOf(bar))))
}
