import { createRequire } from 'node:module'

/**
 * A `require` that bundlers leave to run time, for what has native parts: they can take in neither those nor,
 * at build time, what is not installed. It is made only when it is used, as a bundle that is an ES module has
 * no `__filename`.
 */
export function runtimeRequire(): NodeJS.Require {
  return createRequire(__filename)
}
