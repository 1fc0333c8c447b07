import type { Dialect, Layer } from './layer'

interface ConnectLayer extends Layer {
  /** The mount path, without a slash at its end. */
  route: string
}

/** What Connect writes on an app when it mounts it. */
interface MountedApp {
  route?: unknown
}

/** Where an app says that it is mounted. */
export function connectMountPath(app: unknown): string {
  const { route } = (app ?? {}) as MountedApp
  return typeof route === 'string' && route !== '/' ? route.replace(/\/$/, '') : ''
}

/**
 * The path of a request as the app has it in whose stack a layer is that runs:
 * Connect takes mount paths off the URL, and keeps them nowhere.
 */
export function connectPath(layer: Layer, current: string, asked: string): string {
  const { route } = layer as ConnectLayer
  // A slash that Connect put before what was left is not in what was asked for.
  const rest =
    route !== '' && !asked.endsWith(current) && asked.endsWith(current.slice(1)) ? current.slice(1) : current
  return route + rest
}

/** Connect 3, which has mount paths but no routes. */
export const connect: Dialect = {
  framework: 'connect',
  runners: null,
  dropsPromises: true,
  separators: '/.',

  routeOf: () => undefined,

  match(layer, path) {
    const { route } = layer as ConnectLayer
    const start = path.slice(0, route.length)
    return start.toLowerCase() === route.toLowerCase() ? { path: start, alternative: 0 } : null
  },

  fixedPath: (layer) => (layer as ConnectLayer).route,

  pathText: (layer) => (layer as ConnectLayer).route
}
