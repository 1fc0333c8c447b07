import { closedOver } from './closure'
import type { Layer } from './layer'
import type { RoutedRequest } from './url'

/** A router or a Connect app, which looks the property up anew for each request. */
export interface StackHolder {
  stack: Layer[]
}

/** A router or an app, with the properties by which it is recognised. */
interface RouterLike {
  stack?: unknown
  handle?: unknown
  set?: unknown
  _router?: unknown
}

/** The stack of a router, an Express app or a Connect app; null for anything else. */
export function stackOf(value: unknown): Layer[] | null {
  const container = value as RouterLike
  if (typeof value !== 'function' || typeof container.handle !== 'function') return null
  if (isStack(container.stack)) return container.stack
  return typeof container.set === 'function' ? (routerOf(container)?.stack ?? []) : null
}

/** The object that has the stack of a router or an app: itself, or an Express app's router; null for anything else, and for an app without a router. */
export function stackHolder(value: unknown): StackHolder | null {
  const stack = stackOf(value)
  if (stack === null) return null
  const container = value as RouterLike
  return container.stack === stack ? (container as StackHolder) : routerOf(container)
}

export function isStack(value: unknown): value is Layer[] {
  if (!Array.isArray(value)) return false
  const first = value[0] as Partial<Layer> | null | undefined
  return first === undefined || typeof first?.handle === 'function'
}

/** Express 5 apps of which it is known that they have made their router. */
const withRouter = new WeakSet<object>()

/**
 * Takes note of the app that handles a request, and of those in which it is mounted. Express 5 makes an app's router
 * when it is used for the first time, so these have theirs, and need no look into a closure.
 */
export function noteApps(req: RoutedRequest): void {
  let { app } = req
  if (typeof app !== 'function' || withRouter.has(app)) return
  // Express puts the app on the prototype. One on the request itself was put there by anybody.
  if (Object.hasOwn(req, 'app')) return
  while (typeof app === 'function' && !withRouter.has(app)) {
    withRouter.add(app)
    app = (app as MountedApp).parent
  }
}

/** An Express app that may be mounted in another. */
export interface MountedApp {
  parent?: MountedApp
}

function routerOf(app: RouterLike): StackHolder | null {
  if (app._router) return app._router as StackHolder
  const getter = Object.getOwnPropertyDescriptor(app, 'router')?.get
  // Express 4's getter throws. Express 5's makes the router, with the settings of that moment, if there is none yet.
  if (getter?.name !== 'getrouter') return null
  if (!withRouter.has(app)) {
    if (!closedOver(getter, 'router')) return null
    withRouter.add(app)
  }
  return getter.call(app) as StackHolder
}
