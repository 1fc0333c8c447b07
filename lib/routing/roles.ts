import type { Name, NameTable } from '../provider/names'
import { closedOver } from './closure'
import type { Handler, Layer } from './layer'
import { isOwn } from './own'

/**
 * What a function in a stack is (contract rule 7): a `handler` of the user's; a
 * `container`, which is a router, a sub-app or a route's dispatcher; or
 * `internal`, put there by Express or by us.
 */
export type Role = 'handler' | 'container' | 'internal'

/** What is known of a function in a stack. */
export interface Facts {
  /** The function of which this is known: others may put another in the layer later. */
  readonly handle: Handler
  readonly role: Role
  /** Null for an anonymous function. */
  readonly name: Name | null
  /** The router or app of a container, unless it is hidden too well. */
  readonly container: unknown
}

/** Knows what each layer's function is. */
export class Roles {
  readonly #facts = new WeakMap<object, Facts>()
  readonly #names: NameTable

  constructor(names: NameTable) {
    this.#names = names
  }

  of(layer: Layer): Facts {
    let facts = this.#facts.get(layer)
    if (facts === undefined || facts.handle !== layer.handle) {
      facts = this.#read(layer)
      this.#facts.set(layer, facts)
    }
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
    return {
      handle,
      role: internal ? 'internal' : mounts ? 'container' : 'handler',
      name: this.#nameOf(layer),
      container
    }
  }

  /** The layer's own record of the name is right even where a tool has put a function around the handler. */
  #nameOf({ name, handle }: Layer): Name | null {
    const text: unknown = name === undefined ? handle.name : name
    return typeof text === 'string' && text !== '' && text !== '<anonymous>' ? this.#names.of(text) : null
  }
}

/** The two functions that Express 4 puts first in the stack of every app. */
function isExpressOwn({ handle, name }: Layer): boolean {
  if (name !== 'query' && name !== 'expressInit') return false
  const source = String(handle)
  return name === 'query' ? source.includes('queryparse(val, opts)') : source.includes("'x-powered-by'")
}

/** Express mounts an app inside a function of this name. */
function isSubApp({ name }: Layer): boolean {
  return name === 'mounted_app'
}

/** Connect mounts an app inside a function that does only this. */
const CONNECT_SUB_APP = /\{\s*server\.handle\(req, res, next\);?\s*\}$/

/** What the parts of a router or of an app look like from outside. */
interface Container {
  stack?: unknown
  handle?: unknown
  set?: unknown
  router?: unknown
  _router?: unknown
}

function containerOf(layer: Layer): unknown {
  const { handle } = layer
  if (stackOf(handle) !== null) return handle
  if (isSubApp(layer)) return closedOver(handle, 'fn')
  return handle.length === 3 && CONNECT_SUB_APP.test(String(handle))
    ? closedOver(handle, 'server')
    : undefined
}

/** The stack of a router, an Express app or a Connect app. */
export function stackOf(value: unknown): Layer[] | null {
  if (typeof value !== 'function') return null
  const container = value as Container
  if (Array.isArray(container.stack)) return container.stack
  if (typeof container.handle !== 'function' || typeof container.set !== 'function') return null
  return (routerOf(container)?.stack as Layer[] | undefined) ?? []
}

function routerOf(app: Container): Container | undefined {
  if (app._router) return app._router as Container
  try {
    return app.router as Container | undefined
  } catch {
    // Express 4 throws here, and has no _router before its first use.
    return undefined
  }
}
