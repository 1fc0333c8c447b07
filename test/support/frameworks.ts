import Module from 'node:module'
import path from 'node:path'
import type express from 'express'

/** A release of Express, and of the router that it is to run with where that is a package of its own. */
interface Release {
  express: string
  router?: string
}

/**
 * The variable is set where what is tested does not depend on the framework, such as a release of bpftrace.
 */
const NEWEST_ONLY = process.env.RESTIFY_PROBES_FRAMEWORKS === 'newest'

/** The releases of Express that the tests run on. */
export const EXPRESS_RELEASES: readonly Release[] = wanted([
  { express: 'express', router: 'router' },
  { express: 'express-5.1', router: 'router-2.2' },
  { express: 'express-5.0', router: 'router-2.1' },
  { express: 'express-5.0', router: 'router-2.0' },
  { express: 'express-4' },
  { express: 'express-4.18' },
  { express: 'express-4.16' }
])

/** Newest of each major, for tests of what does not depend on the release. */
export const EXPRESS_MAJORS: readonly Release[] = wanted([
  { express: 'express', router: 'router' },
  { express: 'express-4' }
])

function wanted(newestFirst: Release[]): Release[] {
  return NEWEST_ONLY ? newestFirst.slice(0, 1) : newestFirst
}

/** A title, such as `express 5.3.0 with router 2.3.0`. */
export function titleOf({ express, router }: Release): string {
  const title = `express ${versionOf(express)}`
  return router === undefined ? title : `${title} with router ${versionOf(router)}`
}

function versionOf(name: string): string {
  return require(`${name}/package.json`).version
}

type Resolve = (request: string, parent: NodeJS.Module | undefined, ...rest: unknown[]) => string

const loaded = new Map<string, typeof express>()

/** Express of this release. Express 4's API is near enough to Express 5's types for what tests do. */
export function load(release: Release): typeof express {
  const title = titleOf(release)
  let instance = loaded.get(title)
  if (instance === undefined) {
    instance = loadFresh(release)
    loaded.set(title, instance)
  }
  return instance
}

/** A copy whose `require('router')` gives the router asked for. */
function loadFresh({ express: name, router }: Release): typeof express {
  if (router === undefined) return require(name)
  const entry = require.resolve(name)
  const folder = path.dirname(entry)
  for (const file of Object.keys(require.cache)) if (file.startsWith(folder)) delete require.cache[file]
  const loader = Module as unknown as { _resolveFilename: Resolve }
  const resolve = loader._resolveFilename
  loader._resolveFilename = (request, ...rest) => resolve(request === 'router' ? router : request, ...rest)
  try {
    return require(entry)
  } finally {
    loader._resolveFilename = resolve
  }
}
