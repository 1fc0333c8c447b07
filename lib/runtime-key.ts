/**
 * Under this key of `globalThis` all copies of the package in a thread find the first one's runtime. The number counts
 * the shapes that a runtime has had in releases: copies that could not use each other's do not share it.
 */
export const RUNTIME_KEY = Symbol.for('restify-probes.runtime.1')

/**
 * Under this key the package's main function has another that gives the thread's runtime: to the package's other
 * entries, each of which is a file of its own that must not bring a second runtime.
 */
export const RUNTIME_OF = Symbol.for('restify-probes.runtime-of')
