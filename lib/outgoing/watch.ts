import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import { OutgoingCall } from './call'
import type { CallScope, CallStorage } from './scope'

type Message = Record<string, unknown>

/**
 * Sees calls that an app makes by node:http, node:https and undici, through the channels on which they tell of them
 * anyway, while somebody watches. Which handler made one, the async context tells in which it was made.
 */
export class OutgoingCalls implements CallStorage {
  #context: AsyncLocalStorage<CallScope> | undefined
  #watchers = 0
  /**
   * Whether Node tells of requests as they are made. Node 20 does not: it tells of them when they have
   * a connection.
   */
  #isToldEarly = false
  #calls = new WeakMap<object, OutgoingCall>()
  /** The requests of node:http whose response has begun, with what is called at their end. */
  #open = new Map<ClientRequest, () => void>()

  get watched(): boolean {
    return this.#watchers > 0
  }

  get context(): AsyncLocalStorage<CallScope> {
    this.#context ??= new AsyncLocalStorage()
    return this.#context
  }

  /** @returns what ends it */
  watch(): () => void {
    if (this.#watchers++ === 0) for (const [name, listener] of this.#listeners) subscribe(name, listener)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--this.#watchers === 0) this.#stop()
    }
  }

  /** Leaves nothing behind. */
  #stop(): void {
    for (const [name, listener] of this.#listeners) unsubscribe(name, listener)
    for (const [request, ended] of this.#open) attempt(() => request.removeListener('close', ended))
    this.#open = new Map()
    this.#calls = new WeakMap()
    this.#context?.disable()
  }

  readonly #listeners: readonly (readonly [name: string, listener: (message: unknown) => void])[] = [
    [
      'http.client.request.created',
      safely((message) => {
        this.#isToldEarly = true
        this.#httpRequest(message)
      })
    ],
    [
      'http.client.request.start',
      safely((message) => {
        if (!this.#isToldEarly) this.#httpRequest(message)
      })
    ],
    ['http.client.request.error', safely((message) => this.#failed(message))],
    // Node publishes this when the headers have come.
    [
      'http.client.response.finish',
      safely((message) => {
        this.#responded(message)
        this.#awaitEnd(message.request as ClientRequest)
      })
    ],
    ['undici:request:create', safely((message) => this.#undiciRequest(message))],
    ['undici:request:headers', safely((message) => this.#responded(message))],
    ['undici:request:trailers', safely(({ request }) => this.#callOf(request)?.ended())],
    ['undici:request:error', safely((message) => this.#failed(message))]
  ]

  #httpRequest({ request: given }: Message): void {
    const request = given as ClientRequest
    const scope = this.#scopeFor(request)
    if (scope === undefined) return
    const host = request.getHeader('host') ?? request.host
    this.#add(scope, request, new OutgoingCall(request.method, host, request.path))
  }

  /** No channel tells when a response of node:http has ended. */
  #awaitEnd(request: ClientRequest): void {
    const call = this.#callOf(request)
    // The app must not be warned of too many listeners for one that is ours.
    if (call === undefined || request.listenerCount('close') + 1 >= request.getMaxListeners()) return
    const ended = () => {
      this.#open.delete(request)
      call.ended()
    }
    this.#open.set(request, ended)
    request.once('close', ended)
  }

  #undiciRequest({ request }: Message): void {
    const scope = this.#scopeFor(request as object)
    if (scope === undefined) return
    const { method, origin, path } = request as Message
    this.#add(scope, request as object, new OutgoingCall(method, origin, path))
  }

  /** Gives the scope in which a call is made, where it is the call's first news and there is room for it. */
  #scopeFor(request: object): CallScope | undefined {
    if (this.#calls.has(request)) return undefined
    const scope = this.context.getStore()
    return scope?.hasRoom() ? scope : undefined
  }

  #add(scope: CallScope, request: object, call: OutgoingCall): void {
    scope.add(call)
    this.#calls.set(request, call)
  }

  #responded({ request, response }: Message): void {
    this.#callOf(request)?.responded((response as Message).statusCode)
  }

  #failed({ request, error }: Message): void {
    this.#callOf(request)?.failed(error)
  }

  #callOf(request: unknown): OutgoingCall | undefined {
    return this.#calls.get(request as object)
  }
}

/** What a listener of a channel throws ends the process. */
function safely(listener: (message: Message) => void): (message: unknown) => void {
  return (message) => attempt(() => listener(message as Message))
}

function attempt(action: () => void): void {
  try {
    action()
  } catch {}
}
