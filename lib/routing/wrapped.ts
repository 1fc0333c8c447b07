import { types } from 'node:util'
import type { Handler } from './layer'
import type { InspectorView, Property } from './own-inspector'

/**
 * The names by which wrappers know the function that they were given: `fn` in express-async-handler, `original` in
 * OpenTelemetry, `targetCallback` and `callback` in NestJS. The first that a wrapper has counts.
 */
const NAMES = ['original', 'targetCallback', 'callback', 'handler', 'fn', 'func', 'cb', 'action', 'handle']

/** NestJS calls `instance[methodName]` where it makes a controller for each request. */
const INSTANCE = 'instance'
const METHOD = 'methodName'

const MENTIONED = new RegExp(`\\b(?:${[...NAMES, METHOD].join('|')})\\b`)

/** A wrapper may wrap a wrapper: NestJS has four around a method. */
const MAX_DEPTH = 8

const sourceOf = Function.prototype.toString

/**
 * The function inside wrappers: what the app wrote in `asyncHandler(async (req, res) => …)`, or the method of a NestJS
 * controller. A wrapper is known by what its code mentions and its closure holds; nothing of the app's is called.
 *
 * @returns the function itself where it wraps none
 */
export function wrappedBy(fn: Handler, view: InspectorView): object {
  let innermost: object = fn
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    // Most handlers end here. To ask the inspector takes a thousand times as long.
    if (!MENTIONED.test(sourceOf.call(innermost))) break
    const inner = heldBy(innermost, view)
    if (inner === undefined || view.positionOf(inner) === undefined) break
    innermost = inner
  }
  return innermost
}

function heldBy(fn: object, view: InspectorView): object | undefined {
  const text = sourceOf.call(fn)
  const variables = view.enclosureOf(fn)
  for (const name of NAMES) {
    if (!new RegExp(`\\b${name}\\b`).test(text)) continue
    const { value } = variables.find((variable) => variable.name === name) ?? {}
    if (value?.type !== 'function' || value.objectId === undefined) continue
    const inner = view.targetOf(view.valueOf(value.objectId) as object)
    if (inner !== fn) return inner
  }
  return methodHeld(variables, view)
}

/** The method of an instance, both of which a wrapper holds. No getter of the app's is called for it. */
function methodHeld(variables: readonly Property[], view: InspectorView): object | undefined {
  const held = (name: string) => variables.find((variable) => variable.name === name)?.value
  const method = held(METHOD)?.value
  const { objectId } = held(INSTANCE) ?? {}
  if (typeof method !== 'string' || objectId === undefined) return undefined
  let owner = view.valueOf(objectId) as object | null
  while (owner !== null && !types.isProxy(owner)) {
    const found = Object.getOwnPropertyDescriptor(owner, method)
    if (found !== undefined) return typeof found.value === 'function' ? view.targetOf(found.value) : undefined
    owner = Object.getPrototypeOf(owner)
  }
  return undefined
}
