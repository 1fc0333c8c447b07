import { channel } from 'node:diagnostics_channel'
import type { Backend, HeaderSource } from './backend'
import type { Name } from './names'
import { HANDLER_DONE, HANDLER_START, ROUTE_DONE, ROUTE_START } from './probes'

/** Message of the channel `restify:route-start`. */
export interface RouteStartMessage {
  serverName: string
  routeName: string
  id: number
  method: string
  url: string
  /** Request headers, JSON. */
  headers: string
}

/** Message of the channels `restify:handler-start` and `restify:handler-done`. */
export interface HandlerMessage {
  serverName: string
  routeName: string
  handlerName: string
  id: number
}

/** Message of the channel `restify:route-done`. */
export interface RouteDoneMessage {
  serverName: string
  routeName: string
  id: number
  statusCode: number
  /** Response headers, JSON. */
  headers: string
}

/** In process, on every platform: `node:diagnostics_channel`. */
export class ChannelBackend implements Backend {
  readonly #routeStart = channel('restify:route-start')
  readonly #handlerStart = channel('restify:handler-start')
  readonly #handlerDone = channel('restify:handler-done')
  readonly #routeDone = channel('restify:route-done')

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
    headers: HeaderSource
  ): void {
    if (!this.#routeStart.hasSubscribers) return
    const message: RouteStartMessage = {
      serverName: server.text,
      routeName: route.text,
      id,
      method,
      url,
      headers: headers.json()
    }
    this.#routeStart.publish(message)
  }

  handlerStart(server: Name, route: Name, handler: Name, id: number): void {
    if (this.#handlerStart.hasSubscribers)
      this.#handlerStart.publish(handlerMessage(server, route, handler, id))
  }

  handlerDone(server: Name, route: Name, handler: Name, id: number): void {
    if (this.#handlerDone.hasSubscribers)
      this.#handlerDone.publish(handlerMessage(server, route, handler, id))
  }

  routeDone(server: Name, route: Name, id: number, statusCode: number, headers: HeaderSource): void {
    if (!this.#routeDone.hasSubscribers) return
    const message: RouteDoneMessage = {
      serverName: server.text,
      routeName: route.text,
      id,
      statusCode,
      headers: headers.json()
    }
    this.#routeDone.publish(message)
  }
}

function handlerMessage(server: Name, route: Name, handler: Name, id: number): HandlerMessage {
  return { serverName: server.text, routeName: route.text, handlerName: handler.text, id }
}
