import type express from 'express'

/** The releases of Express that the tests run on. */
export const EXPRESSES = ['express', 'express-4', 'express-4.16'] as const

export type ExpressRelease = (typeof EXPRESSES)[number]

/** Express 4's API is near enough to Express 5's types for what tests do. */
export function load(release: ExpressRelease): typeof express {
  return require(release)
}

/** Such as `express 5.3.0`. */
export function versionOf(release: ExpressRelease): string {
  return `express ${require(`${release}/package.json`).version}`
}
