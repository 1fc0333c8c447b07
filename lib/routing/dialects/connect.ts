import { type Dialect, type Layer, LayerMatch } from '../layer'

interface ConnectLayer extends Layer {
  /** The mount path, without a slash at its end. */
  route: string
}

/** An app on which Connect has written its mount path. */
interface MountedApp {
  route?: unknown
}

/**
 * The mount path of an app, as the app itself has it. As it keeps only the last of several, where that does not fit
 * the URL the mount path is the part of the URL before the path that the app sees.
 */
export function connectBase(app: unknown, path: string, asked: string): string {
  const { route } = (app ?? {}) as MountedApp
  const mountPath = typeof route === 'string' && route !== '/' ? route.replace(/\/$/, '') : ''
  if (mountPath === '') return ''
  const below = path === '/' && !asked.endsWith('/') ? '' : path
  if (!asked.endsWith(below)) return mountPath
  const base = asked.slice(0, asked.length - below.length)
  return base.toLowerCase() === mountPath.toLowerCase() ? mountPath : base
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

  matcher: (layer) => layer,

  prefix: () => '',

  match(layer, path) {
    const { route } = layer as ConnectLayer
    const start = path.slice(0, route.length)
    return start.toLowerCase() === route.toLowerCase() ? new LayerMatch(start, 0) : null
  },

  newLayer: (_, handle) => ({ route: '', handle }) as ConnectLayer,

  fixedPath: (layer) => (layer as ConnectLayer).route,

  pathText: (layer) => (layer as ConnectLayer).route
}
