import type { IncomingMessage } from 'node:http'
import type { Middleware as AppMiddleware } from './middleware'
import type { Options as MiddlewareOptions } from './options'
import type {
  HandlerDoneMessage as ChannelHandlerDoneMessage,
  HandlerMessage as ChannelHandlerMessage,
  RouteDoneMessage as ChannelRouteDoneMessage,
  RouteStartMessage as ChannelRouteStartMessage
} from './provider/channels'
import { checkRouteName, readOptions } from './read-options'
import { sharedRuntime } from './runtime'
import { RUNTIME_OF } from './runtime-key'
import type { Status as RuntimeStatus } from './status'

/**
 * Middleware that gives the requests of an Express or Connect app restify's
 * four probes: `route-start`, `handler-start`, `handler-done`, `route-done`.
 * It goes before other middleware, as middleware before it is not traced. While
 * nobody listens it only calls `next`.
 *
 * @throws TypeError for an option that it does not take, or a value that an option does not take
 *
 * @example
 * app.use(restifyProbes({ name: 'helloworld' }))
 */
function restifyProbes(options?: restifyProbes.Options): restifyProbes.Middleware {
  return sharedRuntime().middleware(readOptions(options))
}

namespace restifyProbes {
  /** The options of {@link restifyProbes}. */
  export type Options = MiddlewareOptions
  export type Middleware = AppMiddleware
  /** See {@link restifyProbes.status}. */
  export type Status = RuntimeStatus
  export type RouteStartMessage = ChannelRouteStartMessage
  export type HandlerMessage = ChannelHandlerMessage
  export type HandlerDoneMessage = ChannelHandlerDoneMessage
  export type RouteDoneMessage = ChannelRouteDoneMessage

  /**
   * Names the route among whose handlers it stands. In an app without
   * `app.use(restifyProbes())` it traces that route alone, from here on.
   *
   * @param name - shown by restify's rule: letters, digits and underscores, in lower case (contract rule 5)
   * @throws TypeError for a name of which the rule leaves nothing
   *
   * @example
   * app.get('/hello/:name', restifyProbes.route('GetFoo'), respond) // shows as getfoo
   */
  export function route(name: string): Middleware {
    checkRouteName('restifyProbes.route()', name)
    return sharedRuntime().route(name, readOptions())
  }

  /**
   * The id by which the probes know a request, for log lines: a positive 32-bit
   * int (contract rule 2). Undefined for a request that is not traced.
   */
  export function requestId(req: IncomingMessage): number | undefined {
    return sharedRuntime().requestId(req)
  }

  /** Tells which provider is at work, or why none is, who listens now, and where commands attach. */
  export function status(): Status {
    return sharedRuntime().status()
  }
}

Object.defineProperty(restifyProbes, RUNTIME_OF, { value: sharedRuntime })

export = restifyProbes
