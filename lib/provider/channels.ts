import { channel } from 'node:diagnostics_channel'
import type { Backend, HeaderSource } from './backend'
import type { Name } from './names'
import { channelOf, HANDLER_DONE, HANDLER_START, ROUTE_DONE, ROUTE_START } from './probes'

/** Message of the channel `restify:route-start`. */
export interface RouteStartMessage {
  serverName: string
  routeName: string
  /** A positive 32-bit int, unique among the requests in flight. */
  id: number
  /** The method in upper case. */
  method: string
  /** Path and query, as the client asked for them. */
  url: string
  /**
   * Request headers, as one JSON object. It is made when it is read, which must be while the message is
   * delivered.
   */
  readonly headers: string
  /**
   * The route's path as written in the app, mount paths included, such as `/api/users/:id`; empty
   * where no route is known.
   */
  routePath: string
}

/** Message of the channel `restify:handler-start`. */
export interface HandlerMessage {
  serverName: string
  routeName: string
  /**
   * The function's name; `handler-N` for an anonymous one, N its position among the handlers that the
   * request has run.
   */
  handlerName: string
  id: number
  /**
   * The place where the function was written, `file:line`, relative to the working directory; empty
   * while or where that is not known.
   */
  location: string
}

/** Message of the channel `restify:handler-done`. */
export interface HandlerDoneMessage extends HandlerMessage {
  /** Microseconds for which the handler held the event loop: until it returned or passed control on. */
  busy: number
}

/** Message of the channel `restify:route-done`. */
export interface RouteDoneMessage {
  serverName: string
  /** The last route that ran: it names the request. */
  routeName: string
  id: number
  /** The status code; 444 where the connection closed before the client was sent the whole response. */
  statusCode: number
  /**
   * Response headers, as one JSON object. It is made when it is read, which must be while the message is
   * delivered.
   */
  readonly headers: string
  /** The route's path as written in the app, mount paths included; empty where no route is known. */
  routePath: string
}

/**
 * A message whose `headers` are made into JSON when somebody reads them. They are an own property, not one of the
 * prototype, since what copies a message or makes JSON of it takes own properties only.
 */
class MessageWithHeaders {
  serverName = ''
  routeName = ''
  id = 0
  routePath = ''
  declare headers: string
  readonly #source: HeaderSource
  /**
   * All messages share these functions: to make an object with functions of its own takes ten times as long.
   */
  static readonly #headers: PropertyDescriptor & ThisType<MessageWithHeaders> = {
    get() {
      return this.#source.json()
    },
    set(value: unknown) {
      Object.defineProperty(this, 'headers', { value, writable: true, enumerable: true, configurable: true })
    },
    enumerable: true,
    configurable: true
  }

  constructor(source: HeaderSource) {
    this.#source = source
    Object.defineProperty(this, 'headers', MessageWithHeaders.#headers)
  }
}

class RouteStart extends MessageWithHeaders implements RouteStartMessage {
  method = ''
  url = ''
}

class RouteDone extends MessageWithHeaders implements RouteDoneMessage {
  statusCode = 0
}

/** Fires the probes in this process, on every platform: on the channels of `node:diagnostics_channel`. */
export class ChannelBackend implements Backend {
  readonly #routeStart = channel(channelOf('route-start'))
  readonly #handlerStart = channel(channelOf('handler-start'))
  readonly #handlerDone = channel(channelOf('handler-done'))
  readonly #routeDone = channel(channelOf('route-done'))

  active(): boolean {
    return (
      this.#routeStart.hasSubscribers ||
      this.#handlerStart.hasSubscribers ||
      this.#handlerDone.hasSubscribers ||
      this.#routeDone.hasSubscribers
    )
  }

  enabled(): number {
    return (
      (this.#routeStart.hasSubscribers ? ROUTE_START : 0) |
      (this.#handlerStart.hasSubscribers ? HANDLER_START : 0) |
      (this.#handlerDone.hasSubscribers ? HANDLER_DONE : 0) |
      (this.#routeDone.hasSubscribers ? ROUTE_DONE : 0)
    )
  }

  routeStart(
    server: Name,
    route: Name,
    id: number,
    method: string,
    url: string,
    headers: HeaderSource,
    routePath: Name
  ): void {
    if (!this.#routeStart.hasSubscribers) return
    const message = new RouteStart(headers)
    message.serverName = server.text
    message.routeName = route.text
    message.id = id
    message.method = method
    message.url = url
    message.routePath = routePath.text
    this.#routeStart.publish(message)
  }

  handlerStart(server: Name, route: Name, handler: Name, id: number, location: Name): void {
    if (!this.#handlerStart.hasSubscribers) return
    const message: HandlerMessage = {
      serverName: server.text,
      routeName: route.text,
      handlerName: handler.text,
      id,
      location: location.text
    }
    this.#handlerStart.publish(message)
  }

  handlerDone(server: Name, route: Name, handler: Name, id: number, location: Name, busy: number): void {
    if (!this.#handlerDone.hasSubscribers) return
    const message: HandlerDoneMessage = {
      serverName: server.text,
      routeName: route.text,
      handlerName: handler.text,
      id,
      location: location.text,
      busy
    }
    this.#handlerDone.publish(message)
  }

  routeDone(
    server: Name,
    route: Name,
    id: number,
    statusCode: number,
    headers: HeaderSource,
    routePath: Name
  ): void {
    if (!this.#routeDone.hasSubscribers) return
    const message = new RouteDone(headers)
    message.serverName = server.text
    message.routeName = route.text
    message.id = id
    message.statusCode = statusCode
    message.routePath = routePath.text
    this.#routeDone.publish(message)
  }
}
