/**
 * Under this key of `globalThis` all copies of the package in a thread find the first one's runtime. The number counts
 * the shapes that a runtime has had in releases: copies that could not use each other's do not share it.
 */
export const RUNTIME_KEY = Symbol.for('restify-probes.runtime.1')
