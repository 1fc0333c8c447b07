import type { Session } from '../trace/session'
import { dialectOf } from './dialects/dialects'
import type { Dialect, Handler, Layer } from './layer'
import type { LayerInfos } from './layer-info'
import { restoreRequests } from './next-wrapper'
import { aroundError, aroundHandler, aroundRequest, type Method } from './runners'

/**
 * Patches what runs handlers, so that each is seen to start and to end. Where a framework's layers have methods that
 * run them, these methods are patched on the prototype: the layers and their functions stay as the app and its tools
 * know them. Connect's layers are bare, so there the function in each layer is replaced. All is restored when the
 * session ends.
 */
export class Patcher {
  readonly #layers: LayerInfos
  #session: Session | null = null
  #patchedPrototypes = new WeakSet<object>()
  #patchedLayers = new WeakSet<Layer>()

  constructor(layers: LayerInfos) {
    this.#layers = layers
  }

  /** Must be called with each stack that a request may run through. */
  patch(stack: Layer[], session: Session): void {
    const first = stack[0]
    // A request may outlive the session in which its trace began.
    if (first === undefined || session.ended) return
    if (this.#session !== session) {
      this.#session = session
      this.#patchedPrototypes = new WeakSet()
      this.#patchedLayers = new WeakSet()
      session.onEnd(restoreRequests)
    }
    const dialect = dialectOf(first)
    if (dialect.runners === null) for (const layer of stack) this.#patchLayer(layer, session)
    else this.#patchPrototype(Object.getPrototypeOf(first), dialect, dialect.runners, session)
  }

  #patchPrototype(
    prototype: object,
    dialect: Dialect,
    runners: { request: string; error: string },
    session: Session
  ): void {
    if (this.#patchedPrototypes.has(prototype)) return
    this.#patchedPrototypes.add(prototype)
    replace(prototype, runners.request, session, (original) => aroundRequest(original, dialect, session))
    replace(prototype, runners.error, session, (original) => aroundError(original, dialect, session))
  }

  #patchLayer(layer: Layer, session: Session): void {
    if (this.#patchedLayers.has(layer) || this.#layers.of(layer).role === 'internal') return
    this.#patchedLayers.add(layer)
    replace(layer, 'handle', session, (original) => aroundHandler(original as Handler, layer, session))
  }
}

/** Puts a function of ours in the place of an object's method, until the session ends. */
function replace(object: object, name: string, session: Session, around: (original: Method) => Method): void {
  const descriptor = Object.getOwnPropertyDescriptor(object, name)
  if (typeof descriptor?.value !== 'function' || !descriptor.configurable) return
  const method = around(descriptor.value as Method)
  Object.defineProperty(object, name, { ...descriptor, value: method })
  session.onEnd(() => {
    // A function that another tool has put around ours stays. Ours then only passes calls on, as its session has ended.
    if ((object as Record<string, unknown>)[name] === method) Object.defineProperty(object, name, descriptor)
  })
}
