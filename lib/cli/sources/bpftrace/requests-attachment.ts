import { HeldLoop } from '../../../figures/held-loop'
import type { FinishedRequest } from '../../../figures/request'
import { HEADER_PIECES, STRING_SIZE, traceScript, withUrlBytes } from '../../scripts/trace'
import type { RequestsAsked } from '../wanted'
import { Attachment } from './attachment'
import type { Message } from './message'
import { AddressNames } from './names'
import type { Release } from './release'
import type { Target } from './target'

/**
 * The parts of a request that have been told so far, with names by their addresses. Lines of several
 * CPUs come in any order.
 */
interface Parts {
  begin?: { pid: number; startNs: number; method: string; url: string; urlCut: boolean }
  /** The pieces of its headers, by their numbers. */
  headers: string[]
  handlers: { startNs: number; durationNs: number; name: string; location: string; busyUs: number }[]
}

interface Done {
  tid: string
  id: string
  durationNs: number
  status: number
  route: string
  path: string
}

/** Requests whose end was lost would stay for ever. */
const MAX_UNFINISHED = 100_000

/** The most threads of which it is noted when handlers held their event loops. */
const MAX_THREADS = 1000

/** The most handlers of one request. */
const MAX_HANDLERS = 10_000

/** Every request, put together from what each of its probes told. */
export class RequestsAttachment extends Attachment {
  readonly #deliver: (request: FinishedRequest) => void
  readonly #headers: boolean
  /** The stretches in which the event loop was held, by thread. */
  readonly #held = new Map<string, HeldLoop>()
  readonly #names = new AddressNames()
  readonly #parts = new Map<string, Parts>()
  /** Nanoseconds of the kernel's monotonic clock, which is also Node's, to milliseconds since 1970. */
  readonly #clockOffsetMs = Date.now() - Number(process.hrtime.bigint()) / 1e6
  #done: Done[] = []
  #doneBeforeBeat: Done[] = []

  constructor(
    target: Target,
    { handlers, headers }: Pick<RequestsAsked, 'handlers' | 'headers'>,
    release: Release,
    deliver: (request: FinishedRequest) => void
  ) {
    const script = traceScript(target.where(), {
      handlers,
      headers,
      reader: 'us',
      facts: target.tellsFacts
    })
    const text = withUrlBytes(script, STRING_SIZE - 1)
    super(target, handlers ? 4 : 2, { text, stringSize: STRING_SIZE }, release)
    this.#deliver = deliver
    this.#headers = headers
  }

  protected receive(message: Message): void {
    if (message.type !== 'printf') return
    const fields = message.data.slice(0, -1).split('\t')
    const [kind, tid, id] = fields as [string, string, string]
    switch (kind) {
      case 'n':
        this.#names.set(tid, id, fields.slice(3).join('\t'))
        break
      case 'b':
        this.#partsOf(tid, id).begin = beginOf(fields)
        break
      case 'r': {
        const piece = Number(fields[3])
        if (piece < HEADER_PIECES) this.#partsOf(tid, id).headers[piece] = fields.slice(4).join('\t')
        break
      }
      case 'h': {
        const [startNs, durationNs, name, location, busyUs] = fields.slice(3) as [
          string,
          string,
          string,
          string,
          string
        ]
        const handler = {
          startNs: Number(startNs),
          durationNs: Number(durationNs),
          name,
          location,
          busyUs: Number(busyUs)
        }
        const { handlers } = this.#partsOf(tid, id)
        if (handlers.length < MAX_HANDLERS) handlers.push(handler)
        this.#heldIn(tid)?.note(Number(id), handler.startNs, handler.busyUs * 1000)
        break
      }
      case 'd': {
        const [durationNs, status, route, path] = fields.slice(3) as [string, string, string, string]
        this.#done.push({ tid, id, durationNs: Number(durationNs), status: Number(status), route, path })
        break
      }
    }
  }

  describeLost(count: number): string {
    return `${count} events were lost: more came than could be read (latency and top lose none)`
  }

  override async stop(): Promise<void> {
    await super.stop()
    this.beat()
    this.beat()
  }

  /** A request that was done before the last beat is complete by now: all lines that belong to it have come. */
  protected override beat(): void {
    const requests = this.#doneBeforeBeat.map((done) => this.#finish(done)).filter((one) => one !== undefined)
    this.#doneBeforeBeat = this.#done
    this.#done = []
    for (const request of requests.sort((a, b) => endOf(a) - endOf(b))) this.#deliver(request)
    for (const key of this.#parts.keys()) {
      if (this.#parts.size <= MAX_UNFINISHED) break
      this.#parts.delete(key)
    }
  }

  #partsOf(tid: string, id: string): Parts {
    const key = `${tid},${id}`
    let parts = this.#parts.get(key)
    if (parts === undefined) {
      parts = { headers: [], handlers: [] }
      this.#parts.set(key, parts)
    }
    return parts
  }

  /** The notes on one thread's event loop; undefined for more threads than any app has. */
  #heldIn(tid: string): HeldLoop | undefined {
    let held = this.#held.get(tid)
    if (held === undefined && this.#held.size < MAX_THREADS) {
      held = new HeldLoop()
      this.#held.set(tid, held)
    }
    return held
  }

  #finish({ tid, id, durationNs, status, route, path }: Done): FinishedRequest | undefined {
    const { begin, headers, handlers } = this.#partsOf(tid, id)
    this.#parts.delete(`${tid},${id}`)
    // The request's first line was lost, and is counted as such.
    if (begin === undefined) return undefined
    const { pid, startNs, method, url, urlCut } = begin
    const routePath = this.#names.get(tid, path)
    return {
      pid,
      id: Number(id),
      method: this.#names.get(tid, method),
      url,
      urlCut,
      route: this.#names.get(tid, route),
      ...(routePath === '' ? {} : { routePath }),
      status,
      startMs: startNs / 1e6 + this.#clockOffsetMs,
      durationNs,
      ...(this.#headers ? { requestHeaders: headersOf(headers) } : {}),
      heldByOthers: this.#heldIn(tid)?.byOthers(Number(id), startNs, durationNs) ?? [],
      handlers: handlers
        .sort((a, b) => a.startNs - b.startNs)
        .map((handler) => ({
          name: this.#names.get(tid, handler.name),
          location: this.#names.get(tid, handler.location),
          startNs: handler.startNs - startNs,
          durationNs: handler.durationNs,
          ...(handler.busyUs < 0 ? {} : { busyNs: handler.busyUs * 1000 })
        }))
    }
  }
}

function beginOf(fields: string[]): NonNullable<Parts['begin']> {
  const [pid, startNs, method, next, ...rest] = fields.slice(3) as [string, string, string, string, string]
  const url = rest.join('\t')
  const urlCut = next !== '0' && Buffer.byteLength(url) >= STRING_SIZE - 1
  return {
    pid: Number(pid),
    startNs: Number(startNs),
    method,
    url: withoutMark(url),
    urlCut
  }
}

/** JSON of the headers, or of the first ones where they are longer than what is read. */
function headersOf(pieces: readonly string[]): string {
  let json = ''
  for (const piece of pieces) {
    if (piece === undefined) break
    const text = withoutMark(piece)
    json += text
    if (Buffer.byteLength(text) < STRING_SIZE - 1) return json
  }
  return wholeHeadersOf(json)
}

/**
 * The number of times that the end of a cut JSON is looked for: a header with a list of values may be in the
 * way.
 */
const TRIES = 20

function wholeHeadersOf(cut: string): string {
  let end = cut.length
  for (let i = 0; i < TRIES && end > 0; i++) {
    end = cut.lastIndexOf(',"', end - 1)
    const json = `${cut.slice(0, Math.max(0, end))}}`
    try {
      JSON.parse(json)
      return json
    } catch {}
  }
  return '{}'
}

/**
 * bpftrace since 0.18 puts two dots behind what fills all its bytes, and 0.27 one byte more in front
 * of them.
 */
function withoutMark(url: string): string {
  if (Buffer.byteLength(url) < STRING_SIZE - 1) return url
  // What is left of a character that was cut in two goes as well.
  return Buffer.from(url)
    .subarray(0, STRING_SIZE - 1)
    .toString()
    .replace(/\ufffd+$/, '')
}

function endOf({ startMs, durationNs }: FinishedRequest): number {
  return startMs + durationNs / 1e6
}
