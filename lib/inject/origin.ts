import type { Handler } from '../routing/layer'
import { InspectorView } from '../routing/own-inspector'

/**
 * Tells people where a function comes from: the package in whose file it was written, such as `koa`, or its own name.
 * It takes V8 some milliseconds, so it is asked of few.
 */
export function originOf(fn: Handler | undefined): string {
  if (fn === undefined) return ''
  return packageOf(fn) ?? (fn.name === '' ? 'a function without a name' : `the function ${fn.name}`)
}

function packageOf(fn: Handler): string | undefined {
  let view: InspectorView | undefined
  try {
    view = new InspectorView()
    const { scriptId } = view.positionOf(view.targetOf(fn)) ?? {}
    return scriptId === undefined ? undefined : packageIn(view.scripts().get(scriptId)?.url ?? '')
  } catch {
    // This build has no inspector, or it is not permitted.
    return undefined
  } finally {
    view?.close()
  }
}

function packageIn(url: string): string | undefined {
  const [, name] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url.replaceAll('\\', '/')) ?? []
  return name
}
