import type { Name, NameTable } from '../provider/names'
import type { Location } from '../trace/location'
import type { HandlerIdentity } from '../trace/trace'
import { closedOver } from './closure'
import type { Handler, Layer } from './layer'
import type { Locations } from './locations'
import { isOurs, originalOf } from './ours'
import { stackOf } from './stacks'

/**
 * The part that a function plays in a stack. A `handler` is the user's. A `container` is a router, a sub-app or a
 * route's dispatcher: the probes show what is in it, not the container (contract rule 7). An `internal` function was
 * put there by Express or by us.
 */
export type Role = 'handler' | 'container' | 'internal'

/** The facts about a layer's function that do not change. */
export interface LayerInfo extends HandlerIdentity {
  /** The function of which this is known: others may put another in the layer later. */
  readonly handle: Handler
  readonly role: Role
  /** The function's name; null for an anonymous one. */
  readonly name: Name | null
  readonly location: Location
  /** The router or app of a container; undefined where it is hidden too well. */
  readonly container: unknown
}

/** Finds out about each layer's function once. */
export class LayerInfos {
  readonly #known = new WeakMap<object, LayerInfo>()
  readonly #names: NameTable
  readonly #locations: Locations

  constructor(names: NameTable, locations: Locations) {
    this.#names = names
    this.#locations = locations
  }

  of(layer: Layer): LayerInfo {
    const known = this.#known.get(layer)
    if (known !== undefined && known.handle === layer.handle) return known
    const handle = originalOf(layer.handle)
    if (known !== undefined && known.handle === handle) return known
    const info = this.#read({ handle, ...(layer.name === undefined ? {} : { name: layer.name }) })
    this.#known.set(layer, info)
    return info
  }

  /**
   * The stack of the router or app that a layer mounts; null for a layer that mounts none, or hides it
   * too well.
   */
  innerStack(layer: Layer): Layer[] | null {
    return stackOf(this.of(layer).container)
  }

  #read(layer: Layer): LayerInfo {
    const { handle } = layer
    const container = containerOf(layer)
    const mounts = isSubApp(layer) || stackOf(container) !== null
    const internal = isOurs(handle) || isExpressInternal(layer)
    const name = nameOf(layer)
    return {
      handle,
      role: internal ? 'internal' : mounts ? 'container' : 'handler',
      name: name === '' ? null : this.#names.of(name),
      location: internal || mounts ? this.#locations.none : this.#locations.of(handle),
      container
    }
  }
}

/**
 * Gives the handler's name, empty for an anonymous function. The layer's own record is right even
 * where a tool has put a function around the handler.
 */
function nameOf({ name, handle }: Layer): string {
  const text: unknown = name === undefined ? handle.name : name
  return typeof text === 'string' && text !== '<anonymous>' ? text : ''
}

/** The two functions that Express 4 puts first in the stack of every app, by what their sources have. */
const EXPRESS_FUNCTIONS = new Map([
  ['query', 'queryparse(val, opts)'],
  ['expressInit', "'x-powered-by'"]
])

/** Whether a layer is one of those that Express 4 puts before all of the user's. */
export function isExpressInternal({ handle, name }: Layer): boolean {
  const source = EXPRESS_FUNCTIONS.get(name ?? '')
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
