import path from 'node:path'

/**
 * The package's folder of native parts, as seen from the one file into which all of lib/ is bundled. It is a
 * function, as a bundle of an app's that is an ES module has no `__dirname`.
 */
export function nativeFolder(): string {
  return path.join(__dirname, '..', 'native')
}

/** The addon's file, by either name: a checkout's, or the one that the package is published with. */
export const ADDON_FILE = /\/restify[_-]probes(\.napi)?\.node$/
