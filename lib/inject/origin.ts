import type { Handler } from '../routing/layer'

/** Where a function comes from, for people: the package in whose file it was written, such as `koa`; else its own name. */
export function originOf(fn: Handler | undefined): string {
  if (fn === undefined) return ''
  return fn.name === '' ? 'a function without a name' : `the function ${fn.name}`
}
