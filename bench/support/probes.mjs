import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Loads CommonJS; OpenTelemetry hooks into it. */
export const require = createRequire(import.meta.url)

export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url))

/** The package as this checkout has built it. */
export const DIST = fileURLToPath(new URL('../../dist/', import.meta.url))

export function restifyProbes() {
  return require(`${DIST}index.js`)
}

/** A part of the package that it does not export. */
export function internal(module) {
  return require(`${DIST}${module}.js`)
}

/** Somebody in this process listens to all four probes, and does nothing with what it hears. */
export function listenToChannels() {
  const { subscribe } = require('node:diagnostics_channel')
  for (const probe of ['route-start', 'handler-start', 'handler-done', 'route-done'])
    subscribe(`restify:${probe}`, () => {})
}

export function checkBuilt() {
  if (existsSync(`${DIST}index.js`)) return
  console.error('Nothing is built yet: npm run build')
  process.exit(1)
}
