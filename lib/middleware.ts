import type { IncomingMessage, ServerResponse } from 'node:http'

/** A function for `app.use`, of Express, Connect and `router` alike. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void
