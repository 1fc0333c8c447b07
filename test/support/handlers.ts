import type http from 'node:http'

/** The `next` that a framework gives to a handler. */
export type Next = (error?: unknown) => void

/** A handler that does nothing. */
export function pass(_req: unknown, _res: unknown, next: Next): void {
  next()
}

/** A handler that answers. */
export function answer(_req: unknown, res: http.ServerResponse): void {
  res.end('ok')
}
