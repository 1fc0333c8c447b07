// What the generator makes: an app, the requests that are sent to it, and when
// a tracer comes and goes. Plain JSON, so that a failing case can be printed,
// read, kept and played again.

export const FRAMEWORKS = ['express', 'express-4', 'connect'] as const
export type Framework = (typeof FRAMEWORKS)[number]

/** A path as the framework takes it. */
export type Path = string | { regexp: string }

/** None; one; or several in an array. */
export type Paths = null | Path | Path[]

export const METHODS = ['get', 'post', 'head', 'options'] as const
export type Method = (typeof METHODS)[number]

/** A step of what a handler does, one after another. */
export type Step =
  /** Passes control on: `next()`, an error, `next('route')`, `next('router')`, or `req.next()`. */
  | 'next'
  | 'error'
  | 'route'
  | 'router'
  | 'req.next'
  /** Answers; sends a part of a response; drops the connection. */
  | 'answer'
  | 'write'
  | 'destroy'
  | 'throw'
  /** Does the rest later. */
  | 'wait'
  /** Switches the tracer. */
  | 'on'
  | 'off'
  | { url: string }
  | { method: string }

export interface Handler {
  /** Null for an anonymous function, `true` for a name of its own. */
  name: string | true | null
  /** Whether it is an error handler. */
  error: boolean
  /** Whether it is an async function. */
  async: boolean
  steps: Step[]
}

/** `use`, with functions. */
export interface Use {
  kind: 'use'
  paths: Paths
  handlers: Handler[]
}

/** `use`, with a router or a sub-app. */
export interface Mount {
  kind: 'router' | 'app'
  paths: Paths
  /** The places at which the same router is mounted once more, behind everything else. */
  again: { paths: Paths; in: 'same' | 'root' } | null
  router: Router
}

/** The handlers of one method of a route. */
export interface Verb {
  method: Method | 'all'
  /** The name that `restifyProbes.route` gives. */
  name: string | null
  handlers: Handler[]
}

export interface Route {
  kind: 'route'
  paths: Path | Path[]
  /** `route(path).get(…).post(…)`, not `get(path, …)`, which takes but the first of these. */
  chained: boolean
  verbs: Verb[]
}

/** `param`, whose callback is no handler. */
export interface Param {
  kind: 'param'
  name: string
  steps: Step[]
}

/** `use(restifyProbes())`. */
export interface Probes {
  kind: 'probes'
}

export type Item = Use | Mount | Route | Param | Probes

/** A router, or an app. */
export interface Router {
  mergeParams: boolean
  strict: boolean
  caseSensitive: boolean
  items: Item[]
}

export interface Request {
  method: string
  url: string
  /** Whether the client goes away as soon as a handler waits. */
  leaves: boolean
}

export type Switch = 'on' | 'off'

/** Requests that are in flight together. */
export interface Group {
  /** The tracer, before they are sent. */
  before: Switch[]
  /** The tracer, so many turns of the event loop after that, while no handler goes on. */
  during: Switch[]
  turns: number
  requests: Request[]
}

export interface Case {
  framework: Framework
  app: Router
  /** Whether a `routeName` option spells routes as `GET /users/:id`. */
  spelled: boolean
  groups: Group[]
}

/** The handlers of an app, each with a number of its own. */
export function numbered(app: Router): Map<Handler, number> {
  const numbers = new Map<Handler, number>()
  const visit = ({ items }: Router): void => {
    for (const item of items) {
      if ('router' in item) visit(item.router)
      const handlers =
        'handlers' in item
          ? item.handlers
          : 'verbs' in item
            ? item.verbs.flatMap((verb) => verb.handlers)
            : []
      for (const handler of handlers) numbers.set(handler, numbers.size)
    }
  }
  visit(app)
  return numbers
}

/** The name of a handler's function; empty for an anonymous one. */
export function nameOf({ name }: Handler, number: number): string {
  return name === true ? `h${number}` : (name ?? '')
}
