// This is loaded before the app in every process and thread that the command starts, and sends each request's
// story to the command. It must never disturb the app.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import net from 'node:net'
import path from 'node:path'
import { isMainThread, threadId } from 'node:worker_threads'
import { ProcessMonitor } from '../../../aggregate/process-monitor'
import { BEAT } from '../../../aggregate/protocol'
import { HeldLoop } from '../../../figures/held-loop'
import type { FinishedRequest } from '../../../figures/request'
import type {
  HandlerDoneMessage,
  HandlerMessage,
  RouteDoneMessage,
  RouteStartMessage
} from '../../../provider/channels'
import { channelOf } from '../../../provider/probes'
import { RUNTIME_KEY } from '../../../runtime-key'
import { type ChildReport, HEADERS_VARIABLE, MAX_LINE, MOMENTS_VARIABLE, SOCKET_VARIABLE } from './protocol'

interface Begun {
  start: number
  method: string
  url: string
  headers: string | undefined
  handlers: FinishedRequest['handlers']
  /** Indexes of the handlers that are open, by name; the last begun ends first. */
  open: Map<string, number[]>
}

/** The bytes that may wait for a command that does not read. */
const MAX_WAITING = 16 * 1024 * 1024

const begun = new Map<number, Begun>()
const held = new HeldLoop()
const wantsHeaders = process.env[HEADERS_VARIABLE] !== undefined
const wantsMoments = process.env[MOMENTS_VARIABLE] !== undefined
const thread = isMainThread ? 0 : threadId
const socket = connect()
let batch = ''
let lost = 0
let monitor: ProcessMonitor | undefined

const listeners: Record<string, (message: never) => void> = {
  [channelOf('route-start')](message: RouteStartMessage) {
    const { id, method, url } = message
    const headers = wantsHeaders ? message.headers : undefined
    begun.set(id, { start: performance.now(), method, url, headers, handlers: [], open: new Map() })
  },
  [channelOf('handler-start')]({ id, handlerName }: HandlerMessage) {
    const request = begun.get(id)
    if (request === undefined) return
    const open = request.open.get(handlerName) ?? []
    request.open.set(handlerName, open)
    open.push(request.handlers.length)
    request.handlers.push({
      name: handlerName,
      location: '',
      startNs: nanoseconds(performance.now() - request.start),
      durationNs: 0
    })
  },
  [channelOf('handler-done')]({ id, handlerName, location, busy }: HandlerDoneMessage) {
    const request = begun.get(id)
    const index = request?.open.get(handlerName)?.pop()
    const handler = request?.handlers[index ?? -1]
    if (request === undefined || handler === undefined) return
    handler.durationNs = nanoseconds(performance.now() - request.start) - handler.startNs
    // Copies of the package before 0.2 do not tell it.
    handler.location = location ?? ''
    if (busy === undefined) return
    handler.busyNs = busy * 1000
    held.note(id, nanoseconds(request.start) + handler.startNs, handler.busyNs)
  },
  [channelOf('route-done')](message: RouteDoneMessage) {
    const { id, routeName, routePath, statusCode } = message
    const request = begun.get(id)
    if (request === undefined) return
    begun.delete(id)
    const { start, method, url, headers, handlers } = request
    const durationNs = nanoseconds(performance.now() - start)
    report({
      request: {
        pid: process.pid,
        ...(thread === 0 ? {} : { thread }),
        id,
        method,
        url,
        urlCut: false,
        route: routeName,
        ...(routePath ? { routePath } : {}),
        status: statusCode,
        startMs: performance.timeOrigin + start,
        durationNs,
        ...(headers === undefined ? {} : { requestHeaders: headers, responseHeaders: message.headers }),
        heldByOthers: held.byOthers(id, nanoseconds(start), durationNs),
        handlers
      }
    })
  }
}

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6)
}

/** Messages of one turn of the event loop are sent at its end. */
function report(line: ChildReport): void {
  const text = JSON.stringify(line)
  if (text.length > MAX_LINE) {
    lost++
    return
  }
  if (batch === '') setImmediate(flush)
  batch += `${text}\n`
}

function flush(): void {
  if (batch === '') return
  if (socket === undefined || !socket.writable || socket.writableLength > MAX_WAITING) {
    lost += batch.split('\n').length - 1
  } else {
    if (lost > 0) batch += `${JSON.stringify({ lost })}\n`
    lost = 0
    socket.write(batch)
  }
  batch = ''
}

function connect(): net.Socket | undefined {
  const path = process.env[SOCKET_VARIABLE]
  if (path === undefined) return undefined
  const connection = net.connect(path)
  // The command has ended; the app goes on.
  connection.on('error', () => {})
  connection.write(`${JSON.stringify({ pid: process.pid })}\n`)
  // The command says so little only when it has enough.
  connection.on('data', () => {
    tellOfLoop()
    flush()
    connection.end()
  })
  connection.unref()
  return connection
}

for (const [channel, listener] of Object.entries(listeners)) {
  subscribe(channel, (message) => {
    // An error that a subscriber throws becomes an uncaught exception of the app's.
    try {
      listener(message as never)
    } catch {}
  })
}

/** Looks at the event loop of a thread that serves requests, once a second. */
function watchLoop(): void {
  if (!wantsMoments || monitor !== undefined) return
  monitor = new ProcessMonitor(true)
  setInterval(tellOfLoop, BEAT).unref()
}

function tellOfLoop(): void {
  // An app can have put something else in the place of what Node gives.
  try {
    if (monitor !== undefined) report({ loop: { pid: process.pid, thread, beat: monitor.take() } })
  } catch {}
}

/** Calls back when any copy of the package is called for the first time in this thread. */
function whenCalled(called: () => void): void {
  if (RUNTIME_KEY in globalThis) {
    called()
    return
  }
  // It is heard at once, since a signal may end the process before anybody could look.
  Object.defineProperty(globalThis, RUNTIME_KEY, {
    configurable: true,
    get: () => undefined,
    set(runtime: unknown) {
      Object.defineProperty(globalThis, RUNTIME_KEY, {
        value: runtime,
        configurable: true,
        enumerable: true,
        writable: true
      })
      called()
    }
  })
}

/** The facts that Node tells of the first connection, or of the first request that comes another way. */
const SERVING = ['net.server.socket', 'http.server.request.start']

/**
 * The one file that puts the middleware into apps without it: loaded where there is a server, when it
 * has its first connection.
 */
function injectOnceServing(): void {
  const begin = () => {
    for (const channel of SERVING) unsubscribe(channel, begin)
    try {
      const { injectForGood } = require(
        path.join(__dirname, '..', 'inject.js')
      ) as typeof import('../../../inject/main')
      injectForGood((server) => report({ server }))
    } catch {}
    try {
      watchLoop()
    } catch {}
  }
  for (const channel of SERVING) subscribe(channel, begin)
}

whenCalled(() => report({ called: true }))
injectOnceServing()
process.on('exit', flush)
