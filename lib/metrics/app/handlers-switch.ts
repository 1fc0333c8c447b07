import type { IncomingMessage, ServerResponse } from 'node:http'
import { type HandlersShown, readTime } from '../handlers-shown'
import { sendText } from './text-answer'

/** The words that `show` takes beside times. */
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['off', false]
])

/**
 * Answers requests such as `PUT /metrics/handlers?show=10m`; one without `show`, or by GET, is told
 * how it stands.
 */
export function switchHandlers(shown: HandlersShown, req: IncomingMessage, res: ServerResponse): void {
  const wanted = new URLSearchParams(/\?(.*)/.exec(req.url ?? '')?.[1]).get('show')
  if (wanted !== null) {
    if (req.method !== 'PUT' && req.method !== 'POST') {
      res.setHeader('Allow', 'GET, PUT, POST')
      sendText(res, 405, 'to switch the series of handlers, use PUT or POST\n')
      return
    }
    const show = WORDS.get(wanted) ?? (readTime(wanted) === undefined ? undefined : wanted)
    if (show === undefined) {
      sendText(res, 400, 'show takes on, off, or a time such as 90s, 10m or 2h\n')
      return
    }
    shown.set(show)
  }
  sendText(res, 200, `series of handlers: ${shown.describe()}\n`)
}
