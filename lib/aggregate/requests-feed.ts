import { performance } from 'node:perf_hooks'
import { HeldLoop, type Stretch } from '../figures/held-loop'
import { type Choosable, isWanted } from '../figures/wanted'
import type { CallRecord, HandlerRecord, RecordConsumer, RequestRecord } from '../provider/record'
import { cutToLimit, ns } from './figures-feed'
import { type CallMessage, MAX_TEXT, type RequestMessage, type RequestsWanted } from './protocol'

/** The most routes that are told of by name. */
const MAX_ROUTES = 1000

/** The receiver of the requests that are wanted. */
export interface RequestsOutlet {
  /** It is asked before each request. A request for which there is no room is left out, and counted. */
  hasRoom(): boolean
  deliver(request: RequestMessage): void
}

/** A record as requests are chosen by; the same object for all records, as most of them are not wanted. */
class ChoosableRecord implements Choosable {
  record: RequestRecord | undefined
  route = ''
  routePath = ''
  method = ''
  url = ''
  durationMs = 0
  status = 0

  of(record: RequestRecord): this {
    this.record = record
    this.route = record.route.text
    this.routePath = record.routePath
    this.method = record.method
    this.url = record.url
    this.durationMs = record.duration
    this.status = record.statusCode
    return this
  }

  headers(): Record<string, unknown> {
    return this.record?.requestHeaders.object() ?? {}
  }
}

/** Requests for one command: those that it wants, and how many there were in all. */
export class RequestsFeed implements RecordConsumer {
  readonly #wanted: RequestsWanted
  readonly #outlet: RequestsOutlet
  readonly #choosable = new ChoosableRecord()
  readonly #held = new HeldLoop()
  readonly #routes = new Set<string>()
  /** The requests that are told at the next beat, by route. */
  readonly #slowest = new Map<string, RequestMessage[]>()
  #newRoutes: string[] = []
  #seen = 0

  constructor(wanted: RequestsWanted, outlet: RequestsOutlet) {
    this.#wanted = wanted
    this.#outlet = outlet
  }

  get wantsHandlers(): boolean {
    return this.#wanted.handlers
  }

  get wantsCalls(): boolean {
    return this.#wanted.handlers && this.#wanted.calls === true
  }

  requestDone(request: RequestRecord): void {
    this.#seen++
    const name = request.route.text
    if (!this.#routes.has(name) && this.#routes.size < MAX_ROUTES) {
      this.#routes.add(name)
      this.#newRoutes.push(cutToLimit(name))
    }
    if (this.#wanted.handlers) this.#noteHeld(request)
    if (!isWanted(this.#choosable.of(request), this.#wanted)) return
    const { slowest = 0 } = this.#wanted
    if (slowest > 0) this.#keepIfSlow(request, slowest)
    else if (this.#outlet.hasRoom()) this.#outlet.deliver(this.#messageOf(request))
  }

  /** Gives what was seen since the last call. */
  take(): { seen: number; routes: string[] } {
    for (const kept of this.#slowest.values())
      for (const message of kept) if (this.#outlet.hasRoom()) this.#outlet.deliver(message)
    this.#slowest.clear()
    const taken = { seen: this.#seen, routes: this.#newRoutes }
    this.#seen = 0
    this.#newRoutes = []
    return taken
  }

  /** Only those that are among the slowest so far are made into messages. */
  #keepIfSlow(request: RequestRecord, most: number): void {
    const key = request.route.text
    let kept = this.#slowest.get(key)
    if (kept === undefined) {
      if (this.#slowest.size >= MAX_ROUTES) return
      kept = []
      this.#slowest.set(key, kept)
    }
    let place = kept.length
    if (kept.length >= most) {
      place = 0
      for (let i = 1; i < kept.length; i++)
        if ((kept[i] as RequestMessage).durationNs < (kept[place] as RequestMessage).durationNs) place = i
      if (ns(request.duration) <= (kept[place] as RequestMessage).durationNs) return
    }
    kept[place] = this.#messageOf(request)
  }

  #messageOf(request: RequestRecord): RequestMessage {
    return messageOf(request, this.#wanted, this.#heldByOthers(request))
  }

  #noteHeld({ id, firstHandler }: RequestRecord): void {
    for (let run = firstHandler; run !== null; run = run.nextHandler)
      this.#held.note(id, ns(run.startedAt), ns(run.busy))
  }

  #heldByOthers({ id, startedAt, duration }: RequestRecord): Stretch[] {
    return this.#wanted.handlers ? this.#held.byOthers(id, ns(startedAt), ns(duration)) : []
  }
}

function messageOf(
  request: RequestRecord,
  wanted: RequestsWanted,
  heldByOthers: readonly Stretch[]
): RequestMessage {
  const { id, method, url, route, routePath, statusCode, startedAt, duration } = request
  const handlers: RequestMessage['handlers'] = []
  for (let run = wanted.handlers ? request.firstHandler : null; run !== null; run = run.nextHandler) {
    handlers.push({
      name: cutToLimit(run.handler.text),
      named: run.named,
      location: cutToLimit(run.location),
      startNs: ns(run.startedAt - startedAt),
      durationNs: ns(run.duration),
      busyNs: ns(run.busy),
      ...(wanted.calls ? { calls: callsOf(run, request) } : {})
    })
  }
  return {
    id,
    method: cutToLimit(method),
    url: cutToLimit(url),
    urlCut: url.length > MAX_TEXT,
    route: cutToLimit(route.text),
    path: cutToLimit(routePath),
    status: statusCode,
    startMs: performance.timeOrigin + startedAt,
    durationNs: ns(duration),
    ...(wanted.headers
      ? {
          requestHeaders: request.requestHeaders.json(),
          responseHeaders: request.responseHeaders.json(),
          client: cutToLimit(request.client)
        }
      : {}),
    ...(wanted.handlers ? { heldByOthers } : {}),
    ...(wanted.calls ? { callsLeftOut: request.callsLeftOut } : {}),
    handlers
  }
}

function callsOf({ firstCall }: HandlerRecord, request: RequestRecord): CallMessage[] {
  const calls: CallMessage[] = []
  for (let call = firstCall; call !== null; call = call.nextCall) calls.push(callOf(call, request))
  return calls
}

function callOf(call: CallRecord, { startedAt, duration }: RequestRecord): CallMessage {
  const { method, host, path, status, error, respondedAt, endedAt } = call
  const end = endedAt === 0 ? startedAt + duration : endedAt
  return {
    method: cutToLimit(method),
    host: cutToLimit(host),
    path: cutToLimit(path),
    status,
    error: cutToLimit(error),
    startNs: ns(call.startedAt - startedAt),
    respondedNs: respondedAt === 0 ? 0 : ns(respondedAt - call.startedAt),
    durationNs: ns(Math.max(0, end - call.startedAt)),
    over: endedAt !== 0
  }
}
