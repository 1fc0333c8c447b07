import type { ServerResponse } from 'node:http'

/** Answers in a sentence, unless an answer has begun. */
export function sendText(res: ServerResponse, status: number, sentence: string): void {
  if (res.headersSent || res.writableEnded) return
  try {
    res.statusCode = status
    res.setHeader('Content-Type', 'text/plain; charset=utf-8')
    res.end(sentence)
  } catch {}
}
