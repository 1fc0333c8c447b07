import type { Stretch } from '../figures/held-loop'
import type { Named, Wanted } from '../figures/wanted'

/**
 * The words that a command and a process say to each other through the process's socket: lines of JSON, at
 * most so long. The process speaks first. Either side ignores what it does not know, so that releases can add
 * to it. A change of what something means takes a new number.
 */

/** The protocols that this release speaks, the oldest and the newest. */
export const PROTOCOLS = { oldest: 1, newest: 1 } as const

/** The longest line that the process takes, in characters. */
export const MAX_ASK = 16_384

/** The longest line that a command takes, in characters. */
export const MAX_ANSWER = 4_000_000

/** The longest name, path or URL in an answer, in characters; what is longer is cut. */
export const MAX_TEXT = 8000

/** The time between two beats, in milliseconds: so often a process tells something to whoever listens. */
export const BEAT = 1000

/** The first line, from the process. */
export interface Greeting {
  restifyProbes: { oldest: number; newest: number }
  /** The package's release. */
  version: string
  pid: number
  /** The thread's number; 0 for the main thread. */
  thread: number
}

/** A command's order; a connection has one of `figures` and `requests`. */
export type Ask =
  | { protocol: number; ask: 'process' }
  | ({ protocol: number; ask: 'figures' } & FiguresWanted)
  | ({ protocol: number; ask: 'requests' } & RequestsWanted)
  /** Whether a connection that listens to figures wants those of handlers from now on. */
  | { protocol: number; ask: 'handlers'; wanted: boolean }
  | { protocol: number; ask: 'end' }
  /**
   * Nobody is connected any more to the inspector that was opened to inject the middleware: it can be
   * closed.
   */
  | { protocol: number; ask: 'inspected' }

export type GridName = 's' | 'ms' | 'us'

export interface FiguresWanted {
  grid: GridName
  /** Whether figures of handlers are wanted too: where nobody wants them, requests cost the app less. */
  handlers: boolean
}

/**
 * The choice of requests, and of what is told of them. A process of an older release may not know every
 * choice, and then tells of more than are wanted.
 */
export interface RequestsWanted extends Wanted {
  /** Whether their handlers are wanted too. */
  handlers: boolean
  /** Whether their headers and their clients' addresses are wanted too. */
  headers: boolean
  /** Whether the calls that their handlers make of their own are wanted too: they come with the handlers. */
  calls?: boolean
  /** Whether beats are to tell each time at which the event loop was late or garbage was collected. */
  moments: boolean
  /** The most requests of each route in a second, the slowest ones; 0 or nothing for all. */
  slowest?: number
}

/** A line from the process after its greeting; it has one of these. */
export interface Answer {
  process?: ProcessDescription
  /** The process listens from now on. */
  listening?: true
  figures?: FiguresMessage
  requests?: RequestMessage[]
  /** Sent once a second, while the process listens. */
  beat?: Beat
  /** All was told. */
  ended?: true
  /** A sentence: why it does not do what was asked. It closes the connection. */
  refused?: string
}

export interface ProcessDescription {
  pid: number
  thread: number
  /** Milliseconds since 1970. */
  startedMs: number
  node: string
  platform: string
  cwd: string
  command: string[]
  /** The ports of this thread's servers. */
  ports: number[]
  /** The provider, as `status()` tells it. */
  provider: 'usdt' | 'dtrace' | 'none'
  /** The number of commands that listen through this socket. */
  listeners: number
}

/**
 * The figures that came since the last message. A row is described once; later messages have only its
 * number.
 */
export interface FiguresMessage {
  routes: [route: number, name: string, method: string, path: string][]
  handlers: [handler: number, route: number, name: string, named: 0 | 1, location: string][]
  requests: [route: number, status: number, ...figures: TallyMessage][]
  runs: [handler: number, ...figures: TallyMessage][]
}

/**
 * Durations in whole nanoseconds. Buckets as pairs: the bucket's number in the grid, and how many fell
 * into it.
 */
export type TallyMessage = [
  count: number,
  sumNs: number,
  minNs: number,
  maxNs: number,
  busyNs: number,
  buckets: number[]
]

export interface RequestMessage {
  id: number
  method: string
  url: string
  urlCut: boolean
  route: string
  path: string
  status: number
  /** Milliseconds since 1970. */
  startMs: number
  durationNs: number
  /** A JSON object, redacted as the app wants. */
  requestHeaders?: string
  responseHeaders?: string
  /** The address at the other end of the connection; empty where it is not known. */
  client?: string
  /** The times at which other requests' handlers held the event loop, where handlers are wanted. */
  heldByOthers?: readonly Stretch[]
  /** The handlers in the order in which they began. A start is counted from the request's. */
  handlers: {
    name: string
    named: boolean
    location: string
    startNs: number
    durationNs: number
    busyNs: number
    /** The calls, where they are wanted. */
    calls?: CallMessage[]
  }[]
  /** The number of calls that could not be kept, where calls are wanted. */
  callsLeftOut?: number
}

/** A call that a handler made of its own. Its start is counted from the request's. */
export interface CallMessage {
  method: string
  host: string
  /** The path without a query. */
  path: string
  /** 0 where no response has come. */
  status: number
  /** An error's code or name; empty where there was none. */
  error: string
  startNs: number
  /** The time until the response's headers had come; 0 where they have not. */
  respondedNs: number
  /** The time until it was over or, if it was not, until the request was done. */
  durationNs: number
  over: boolean
}

/**
 * The start of a stall or of a collection, in milliseconds since 1970, and its length; for stalls also the
 * CPU time that the process used in it.
 */
export type MomentMessage = [startMs: number, ms: number, cpuMs?: number]

/** The figures of the time since the last beat. */
export interface Beat {
  /** The length of that time. */
  intervalMs: number
  /** The event loop's delay, from samples taken during a second. */
  delayMs: { p50: number; p99: number; max: number }
  /** The part of the time in which the event loop was at work: 0 to 1. */
  utilization: number
  gcMs: number
  heapUsed: number
  heapTotal: number
  /** The resident set of the whole process. */
  rss: number
  /** The CPU time of the whole process, in user and system mode. */
  cpuMs: number
  /** Requests that were done, wanted or not. */
  seen: number
  /** Requests that could not be told of, since too much waited to be read. */
  lost: number
  /** Routes of requests that were done, each told of once. */
  routes: string[]
  /** The times at which the event loop did not turn, from when it was due, where moments are wanted. */
  stalls?: MomentMessage[]
  /** The pauses for garbage collection, where moments are wanted. */
  collections?: MomentMessage[]
}

/** @returns what a line asks for, or a sentence that says what is wrong with it */
export function readAsk(line: string): Ask | string {
  let ask: Record<string, unknown>
  try {
    ask = JSON.parse(line)
  } catch {
    return 'that is no line of JSON'
  }
  if (typeof ask !== 'object' || ask === null) return 'that is no JSON object'
  const { protocol } = ask
  if (typeof protocol !== 'number' || protocol < PROTOCOLS.oldest || protocol > PROTOCOLS.newest)
    return `protocol ${spoken()} is spoken here`
  switch (ask.ask) {
    case 'process':
    case 'end':
    case 'inspected':
      return { protocol, ask: ask.ask }
    case 'figures':
      return readFiguresAsk(protocol, ask)
    case 'handlers':
      return typeof ask.wanted === 'boolean'
        ? { protocol, ask: 'handlers', wanted: ask.wanted }
        : 'wanted is true or false'
    case 'requests':
      return readRequestsAsk(protocol, ask)
    default:
      return 'ask is process, figures, requests, handlers, end or inspected'
  }
}

function spoken(): string {
  const { oldest, newest }: { oldest: number; newest: number } = PROTOCOLS
  return oldest === newest ? `${newest}` : `${oldest} to ${newest}`
}

function isGridName(value: unknown): value is GridName {
  return value === 's' || value === 'ms' || value === 'us'
}

function readFiguresAsk(protocol: number, { grid, handlers = true }: Record<string, unknown>): Ask | string {
  if (!isGridName(grid)) return 'grid is s, ms or us'
  if (typeof handlers !== 'boolean') return 'handlers is true or false'
  return { protocol, ask: 'figures', grid, handlers }
}

function readRequestsAsk(
  protocol: number,
  {
    handlers = false,
    headers = false,
    calls = false,
    moments = false,
    slowest = 0,
    slowerThanMs = 0,
    route = null,
    statuses = [],
    urlPart = '',
    withHeaders = [],
    withQuery = []
  }: Record<string, unknown>
): Ask | string {
  if (typeof handlers !== 'boolean') return 'handlers is true or false'
  if (typeof headers !== 'boolean') return 'headers is true or false'
  if (!Number.isSafeInteger(slowest) || (slowest as number) < 0) return 'slowest is a whole number'
  if (typeof calls !== 'boolean') return 'calls is true or false'
  if (typeof moments !== 'boolean') return 'moments is true or false'
  if (typeof slowerThanMs !== 'number' || !(slowerThanMs >= 0))
    return 'slowerThanMs is a number of 0 or above'
  if (route !== null && typeof route !== 'string') return 'route is a string or null'
  if (!Array.isArray(statuses) || !statuses.every(isRange)) return 'statuses is a list of [from, to]'
  if (typeof urlPart !== 'string') return 'urlPart is a string'
  if (!isListOfNamed(withHeaders)) return 'withHeaders is a list of [name, value or null]'
  if (!isListOfNamed(withQuery)) return 'withQuery is a list of [name, value or null]'
  const wanted = { slowerThanMs, route, statuses, urlPart, withHeaders, withQuery }
  return {
    protocol,
    ask: 'requests',
    handlers,
    headers,
    calls,
    moments,
    slowest: slowest as number,
    ...wanted
  }
}

function isListOfNamed(value: unknown): value is Named[] {
  return Array.isArray(value) && value.every(isNamed)
}

function isNamed(value: unknown): value is Named {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [name, wanted] = value
  return typeof name === 'string' && (typeof wanted === 'string' || wanted === null)
}

function isRange(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((end) => typeof end === 'number')
}
