import type { Dialect, Layer } from './layer'

interface ConnectLayer extends Layer {
  /** The mount path, without a slash at its end. */
  route: string
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
