// Preloaded, it makes Express 4 of a program's Express.
import Module from 'node:module'

type Resolve = (request: string, ...rest: unknown[]) => string

const loader = Module as unknown as { _resolveFilename: Resolve }
const resolve = loader._resolveFilename
loader._resolveFilename = (request, ...rest) =>
  resolve(request === 'express' ? 'express-4' : request, ...rest)
