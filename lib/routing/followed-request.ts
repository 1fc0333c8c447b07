import type { RouteAhead } from '../trace/route-label'
import type { HandlerRun, Trace } from '../trace/trace'
import type { RoutingContext } from './context'
import { dialectOf } from './dialects/dialects'
import { type Dispatch, NO_LAYERS } from './dispatch'
import type { Dispatches } from './dispatches'
import type { Handler, Layer } from './layer'
import { NextWrapper } from './next-wrapper'
import type { TracedRequest } from './traced-request'
import type { RoutedRequest } from './url'

/** A traced request on its way through the stacks of its app. */
export class FollowedRequest implements TracedRequest {
  /** Must be set before the request goes on. */
  declare trace: Trace
  /** The server's name where the user gave none (contract rule 4). */
  readonly framework: 'express' | 'connect'
  /** The route that the request will reach (contract rule 5). */
  readonly ahead: RouteAhead
  readonly nextWrapper: NextWrapper
  private readonly req: RoutedRequest
  private readonly dispatches: Dispatches
  private readonly context: RoutingContext

  constructor(
    req: RoutedRequest,
    framework: 'express' | 'connect',
    ahead: RouteAhead,
    dispatches: Dispatches,
    context: RoutingContext
  ) {
    this.req = req
    this.framework = framework
    this.ahead = ahead
    this.nextWrapper = new NextWrapper(req)
    this.dispatches = dispatches
    this.context = context
  }

  enterLayer(layer: Layer, next: Handler): HandlerRun<Dispatch | null> | null {
    const req = this.req
    const dispatches = this.dispatches
    const { layers, naming } = this.context
    const route = dialectOf(layer).routeOf(layer)
    if (route !== undefined) {
      this.patch(route.stack)
      dispatches.enterRoute(layer, route, next, req)
      return null
    }
    const info = layers.of(layer)
    const isContainer = info.role === 'container'
    const inner = isContainer ? (layers.innerStack(layer) ?? NO_LAYERS) : NO_LAYERS
    if (isContainer) this.patch(inner)
    const dispatch =
      'method' in layer ? dispatches.inRoute(next, layer, req) : dispatches.enter(layer, inner, next, req)
    if (info.role !== 'handler') return null
    const found = dispatch?.route ?? null
    return this.trace.startHandler(info, found === null ? null : naming.ofRoute(found, req), dispatch)
  }

  leaveLayer({ dispatch }: HandlerRun<Dispatch | null>): void {
    if (dispatch !== null) this.patch(dispatch.stack)
  }

  private patch(stack: Layer[]): void {
    this.context.patcher.patch(stack, this.trace.session)
  }
}
