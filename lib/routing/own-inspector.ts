import type { Session } from 'node:inspector'

/** A value crosses between this program and the inspector's view of it by this property of `globalThis`. */
const EXCHANGE = '__restifyProbesExchange'

/** A property as the inspector tells of it. */
export interface Property {
  name: string
  value?: { type: string; objectId?: string; description?: string; value?: unknown }
}

/** A position in a script. Line and column are counted from 0. */
export interface ScriptPosition {
  scriptId: string
  lineNumber: number
  columnNumber: number
}

/** A script of this thread. */
export interface LoadedScript {
  /** A file's URL or path, or a name that a tool made up; empty for a script without a name. */
  url: string
  /** The URL of its source map, which may hold the whole map (`data:`); empty for a script without one. */
  sourceMapUrl: string
}

/** This thread's own values, as its inspector sees them. To look at them calls nothing of the app's. */
export class InspectorView {
  readonly #exchange = globalThis as Record<string, unknown>
  readonly #session: Session

  /** @throws Error where this Node has no inspector, or does not permit it (`--permission` without `--allow-inspector`) */
  constructor() {
    const inspector = require('node:inspector') as typeof import('node:inspector')
    this.#session = new inspector.Session()
    this.#session.connect()
  }

  close(): void {
    delete this.#exchange[EXCHANGE]
    this.#session.disconnect()
  }

  /**
   * The variables of the function in which a function was made, and of blocks within it, nearest first and as far as
   * closures hold them; none for a function that was made at the top level of a module.
   */
  enclosureOf(fn: object): Property[] {
    const scopes = this.#internalsOf(fn).find(({ name }) => name === '[[Scopes]]')
    const all = this.#properties(scopes?.value?.objectId).result as Property[]
    const kindOf = (scope: Property | undefined) => scope?.value?.description ?? 'Global'
    const variables: Property[] = []
    for (const [index, scope] of all.entries()) {
      const isFunction = kindOf(scope).startsWith('Closure')
      // V8 calls the scope of a CommonJS module a closure, as that of any function without a name.
      const isModule = kindOf(scope) === 'Closure' && /^(Global|Script)/.test(kindOf(all[index + 1]))
      if (isModule || /^(Global|Script|Module)/.test(kindOf(scope))) break
      variables.push(...(this.#properties(scope.value?.objectId).result as Property[]))
      // The body of a function is a block of its own where a parameter has a default value.
      if (isFunction) break
    }
    return variables
  }

  /** The variables that a function closes over, nearest scope first. */
  *closureOf(fn: object): Iterable<Property> {
    const scopes = this.#internalsOf(fn).find(({ name }) => name === '[[Scopes]]')
    for (const scope of this.#properties(scopes?.value?.objectId).result as Property[])
      if (!/^(Global|Script)/.test(scope.value?.description ?? 'Global'))
        yield* this.#properties(scope.value?.objectId).result as Property[]
  }

  /** The value of a variable that a function closes over; undefined if it has no such variable. */
  closedOver(fn: object, variable: string): unknown {
    for (const { name, value } of this.closureOf(fn))
      if (name === variable && value?.objectId !== undefined) return this.valueOf(value.objectId)
    return undefined
  }

  /** The values that a bound function binds: the function itself, its `this` and its arguments. */
  *bindingsOf(fn: object): Iterable<Property> {
    for (const internal of this.#internalsOf(fn)) {
      if (internal.name === '[[TargetFunction]]' || internal.name === '[[BoundThis]]') yield internal
      if (internal.name === '[[BoundArgs]]')
        yield* this.#properties(internal.value?.objectId).result as Property[]
    }
  }

  /** The function that a bound one calls, however often it was bound; any other function itself. */
  targetOf(fn: object): object {
    for (const { name, value } of this.bindingsOf(fn))
      if (name === '[[TargetFunction]]' && value?.objectId !== undefined)
        return this.targetOf(this.valueOf(value.objectId) as object)
    return fn
  }

  /** The position at which a function was written; undefined for a native or bound one. */
  positionOf(fn: object): ScriptPosition | undefined {
    const location = this.#internalsOf(fn).find(({ name }) => name === '[[FunctionLocation]]')
    return location?.value?.value as ScriptPosition | undefined
  }

  /** The value that the inspector knows by this id. */
  valueOf(objectId: string): unknown {
    this.#post('Runtime.callFunctionOn', {
      objectId,
      functionDeclaration: `function () { globalThis.${EXCHANGE} = this }`
    })
    return this.#exchange[EXCHANGE]
  }

  /**
   * All scripts of this thread, by V8's ids of them. In an app with 5 MB of JavaScript this takes V8 about 70
   * ms the first time, and 10 ms later; and a few more for each 100 MB of heap.
   */
  scripts(): Map<string, LoadedScript> {
    const scripts = new Map<string, LoadedScript>()
    this.#session.on('Debugger.scriptParsed', ({ params: { scriptId, url, sourceMapURL } }) => {
      scripts.set(scriptId, { url, sourceMapUrl: sourceMapURL ?? '' })
    })
    this.#post('Debugger.enable', {})
    this.#post('Debugger.disable', {})
    return scripts
  }

  #internalsOf(fn: object): Property[] {
    this.#exchange[EXCHANGE] = fn
    const self = this.#post('Runtime.evaluate', { expression: `globalThis.${EXCHANGE}` }).result
    return (this.#properties((self as Property['value'])?.objectId).internalProperties ?? []) as Property[]
  }

  #properties(objectId: string | undefined): Record<string, unknown> {
    return objectId === undefined
      ? { result: [], internalProperties: [] }
      : this.#post('Runtime.getProperties', { objectId, ownProperties: true })
  }

  /** The inspector of one's own thread answers before `post` returns. */
  #post(method: string, params: object): Record<string, unknown> {
    let answer: Record<string, unknown> | undefined
    this.#session.post(method, params, (error, result) => {
      if (error === null) answer = result as Record<string, unknown>
    })
    if (answer === undefined) throw new Error(`no answer to ${method}`)
    return answer
  }
}

/** Loads what an {@link InspectorView} needs, so that the first traced request need not wait for it. */
export function loadInspector(): void {
  try {
    require('node:inspector')
  } catch {}
}

/** A sentence on why functions can't be inspected in this process, and what to do; undefined where they can. */
export function inspectorProblem(): string | undefined {
  try {
    new InspectorView().close()
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException)?.code !== 'ERR_ACCESS_DENIED') return 'this Node has no inspector'
    const hasFlag = process.allowedNodeEnvironmentFlags.has('--allow-inspector')
    return `--permission denies the inspector${hasFlag ? ' (--allow-inspector allows it)' : ''}`
  }
}
