import type { End } from './case'

/**
 * The part of a response that a client has received, read by HTTP's own rules and by nothing that the server
 * says otherwise.
 */
export interface Received {
  /** Whether the head of the response has come, which interim responses are not. */
  head: boolean
  /** Bytes of the body, without its framing. */
  body: number
  /** Whether the client can tell that there is no more to come. */
  complete: boolean
}

/** @param bytes - all since the response began, interim responses included */
export function received(bytes: Buffer, { method, status, framing }: End, closed: boolean): Received {
  const head = finalHead(bytes)
  if (head === undefined) return { head: false, body: 0, complete: false }
  const body = bytes.subarray(head.end)
  if (method === 'HEAD' || status === 204 || status === 304) return { head: true, body: 0, complete: true }
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head.text)?.[1]
  if (length !== undefined) return { head: true, body: body.length, complete: body.length >= Number(length) }
  if (/\r\ntransfer-encoding: *chunked\r\n/i.test(head.text)) return { head: true, ...chunks(body) }
  return { head: true, body: body.length, complete: framing === 'close' && closed }
}

/** The head that is not of an interim response (100 to 199). */
function finalHead(bytes: Buffer): { text: string; end: number } | undefined {
  for (let start = 0; ; ) {
    const end = bytes.indexOf('\r\n\r\n', start)
    if (end === -1) return undefined
    const text = bytes.toString('latin1', start, end + 4)
    if (!/^HTTP\/1\.\d 1\d\d /.test(text)) return { text, end: end + 4 }
    start = end + 4
  }
}

function chunks(bytes: Buffer): { body: number; complete: boolean } {
  let body = 0
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at)
    if (line === -1) return { body, complete: false }
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16)
    const end = line + 2 + size
    if (size === 0) return { body, complete: bytes.length >= end + 2 }
    body += Math.max(0, Math.min(bytes.length, end) - line - 2)
    if (bytes.length < end + 2) return { body, complete: false }
    at = end + 2
  }
}
