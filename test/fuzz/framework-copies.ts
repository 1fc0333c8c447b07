// Each framework twice: one copy of which restify-probes never hears, and the one that it is to trace.
import path from 'node:path'
import type { Kit, Target } from './build'
import type { Framework } from './model'

/** The packages whose modules are loaded anew for a copy. */
const PACKAGES: Record<Framework, string[]> = {
  express: ['express', 'router'],
  'express-4': ['express-4'],
  connect: ['connect']
}

/** @returns a copy of the framework that shares no prototype with any other */
export function copyOf(framework: Framework): Kit {
  const folders = PACKAGES[framework].map(
    (name) => path.dirname(require.resolve(`${name}/package.json`)) + path.sep
  )
  const isTheirs = (file: string) => folders.some((folder) => file.startsWith(folder))
  const loaded = Object.entries(require.cache).filter(([file]) => isTheirs(file))
  for (const [file] of loaded) delete require.cache[file]
  try {
    return kitOf(framework)
  } finally {
    for (const file of Object.keys(require.cache)) if (isTheirs(file)) delete require.cache[file]
    Object.assign(require.cache, Object.fromEntries(loaded))
  }
}

export function kitOf(framework: Framework): Kit {
  const module = require(framework) as (() => Target) & { Router: (options: object) => Target }
  return {
    name: framework === 'connect' ? 'connect' : 'express',
    app: () => module(),
    Router: (options) => module.Router(options)
  }
}
