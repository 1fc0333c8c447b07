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

/** Figures are added up in this process, as for a command that is attached, who looks at nothing. */
export function addUp() {
  const { Aggregator } = internal('aggregate/aggregator')
  const { MILLISECONDS } = internal('figures/grid')
  restifyProbes().status()
  globalThis[Symbol.for('restify-probes.runtime.1')].addConsumer(new Aggregator(MILLISECONDS))
}

export function checkBuilt() {
  if (existsSync(`${DIST}index.js`)) return
  console.error('Nothing is built yet: npm run build')
  process.exit(1)
}
