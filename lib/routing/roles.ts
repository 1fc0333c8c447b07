import type { Name, NameTable } from '../provider/names'
import type { Location } from '../trace/location'
import type { HandlerIdentity } from '../trace/trace'
import { closedOver } from './closure'
import type { Handler, Layer } from './layer'
import type { Locations } from './locations'
import { isOwn, ownHandle } from './own'

/**
 * What a function in a stack is (contract rule 7): a `handler` of the user's; a
 * `container`, which is a router, a sub-app or a route's dispatcher; or
 * `internal`, put there by Express or by us.
 */
export type Role = 'handler' | 'container' | 'internal'

/** What is known of a function in a stack. */
export interface Facts extends HandlerIdentity {
  /** The function of which this is known: others may put another in the layer later. */
  readonly handle: Handler
  readonly role: Role
  /** Null for an anonymous function. */
  readonly name: Name | null
  readonly location: Location
  /** The router or app of a container, unless it is hidden too well. */
  readonly container: unknown
}

/** Knows what each layer's function is. */
export class Roles {
  readonly #facts = new WeakMap<object, Facts>()
  readonly #names: NameTable
  readonly #locations: Locations

  constructor(names: NameTable, locations: Locations) {
    this.#names = names
    this.#locations = locations
  }

  of(layer: Layer): Facts {
    const known = this.#facts.get(layer)
    if (known !== undefined && known.handle === layer.handle) return known
    const handle = ownHandle(layer.handle)
    if (known !== undefined && known.handle === handle) return known
    const facts = this.#read({ handle, ...(layer.name === undefined ? {} : { name: layer.name }) })
    this.#facts.set(layer, facts)
    return facts
  }

  /** The stack of the router or app that a layer mounts; null for a layer that mounts none, or hides it too well. */
  innerStack(layer: Layer): Layer[] | null {
    return stackOf(this.of(layer).container)
  }

  #read(layer: Layer): Facts {
    const { handle } = layer
    const container = containerOf(layer)
    const mounts = isSubApp(layer) || stackOf(container) !== null
    const internal = isOwn(handle) || isExpressOwn(layer)
    const name = nameOf(layer)
    return {
      handle,
      role: internal ? 'internal' : mounts ? 'container' : 'handler',
      name: name === '' ? null : this.#names.of(name),
      location: internal || mounts ? this.#locations.none : this.#locations.of(handle, name),
      container
    }
  }
}

/** Empty for an anonymous function. The layer's own record is right even where a tool has put a function around the handler. */
function nameOf({ name, handle }: Layer): string {
  const text: unknown = name === undefined ? handle.name : name
  return typeof text === 'string' && text !== '<anonymous>' ? text : ''
}

/** The two functions that Express 4 puts first in the stack of every app, by what their sources have. */
const EXPRESS_OWN = new Map([
  ['query', 'queryparse(val, opts)'],
  ['expressInit', "'x-powered-by'"]
])

/** Whether a layer is one of those that Express 4 puts before all of the user's. */
export function isExpressOwn({ handle, name }: Layer): boolean {
  const source = EXPRESS_OWN.get(name ?? '')
  return (
    source !== undefined && (String(handle).includes(source) || String(wrappedBy(handle)).includes(source))
  )
}

/** Express mounts an app inside a function of this name. */
function isSubApp({ name }: Layer): boolean {
  return name === 'mounted_app'
}

/** Connect mounts an app inside a function that does only this. */
const CONNECT_SUB_APP = /\{\s*server\.handle\(req, res, next\);?\s*\}$/

function containerOf(layer: Layer): unknown {
  const { handle } = layer
  if (stackOf(handle) !== null) return handle
  if (isSubApp(layer)) return closedOver(handle, 'fn') ?? subAppIn(wrappedBy(handle))
  return handle.length === 3 && CONNECT_SUB_APP.test(String(handle))
    ? closedOver(handle, 'server')
    : undefined
}

/** OpenTelemetry, like others that put a function around a handler, calls the handler the original. */
function wrappedBy(handle: Handler): unknown {
  return closedOver(handle, 'original')
}

function subAppIn(handle: unknown): unknown {
  return typeof handle === 'function' ? closedOver(handle, 'fn') : undefined
}

/** A router or a Connect app, which looks the property up anew for each request. */
export interface StackHolder {
  stack: Layer[]
}

/** What a router or an app looks like from outside. */
interface Container {
  stack?: unknown
  handle?: unknown
  set?: unknown
  _router?: unknown
}

/** The stack of a router, an Express app or a Connect app; null for anything else. */
export function stackOf(value: unknown): Layer[] | null {
  const container = value as Container
  if (typeof value !== 'function' || typeof container.handle !== 'function') return null
  if (isStack(container.stack)) return container.stack
  return typeof container.set === 'function' ? (routerOf(container)?.stack ?? []) : null
}

/** What has the stack of a router or an app: itself, or an Express app's router; null for anything else, and for an app without a router. */
export function stackHolder(value: unknown): StackHolder | null {
  const stack = stackOf(value)
  if (stack === null) return null
  const container = value as Container
  return container.stack === stack ? (container as StackHolder) : routerOf(container)
}

export function isStack(value: unknown): value is Layer[] {
  if (!Array.isArray(value)) return false
  const first = value[0] as Partial<Layer> | null | undefined
  return first === undefined || typeof first?.handle === 'function'
}

/** Express 5 apps of which it is known that they have made their router. */
const withRouter = new WeakSet<object>()

function routerOf(app: Container): StackHolder | null {
  if (app._router) return app._router as StackHolder
  const getter = Object.getOwnPropertyDescriptor(app, 'router')?.get
  // Express 4's getter throws; Express 5's makes the router, with the settings of that moment, if there is none yet.
  if (getter?.name !== 'getrouter') return null
  if (!withRouter.has(app)) {
    if (!closedOver(getter, 'router')) return null
    withRouter.add(app)
  }
  return getter.call(app) as StackHolder
}
