/** Any function that an app or a framework puts in a stack. */
// biome-ignore lint/complexity/noBannedTypes: only called by the framework, with what it passes
export type Handler = Function

/** An entry of a stack, as all frameworks have it. Other properties differ: a dialect knows those of its framework. */
export interface Layer {
  handle: Handler
  /** The function's name when it was added, or `<anonymous>`; Connect keeps none. */
  name?: string
  /** The method of a handler in a route; undefined for all methods. A layer in a router's stack lacks the property. */
  method?: string | undefined
}

export interface Route {
  /** The path as the user gave it: a string, a RegExp, or an array of them. */
  path: unknown
  stack: Layer[]
  methods: Record<string, boolean | undefined>
}

/** The way in which a layer matches a path. */
export class LayerMatch {
  constructor(
    /** The part of the path that matched; empty for a layer that matches every path. */
    readonly path: string,
    /** The index of the path that matched, among the layer's paths. */
    readonly alternative: number
  ) {}
}

/** A match of a layer that was added without a path. */
export const MATCHES_ALL = new LayerMatch('', 0)

/** The differences between frameworks. A file of the folder dialects/ knows those of one. */
export interface Dialect {
  /** It is the server's name where the user gave none (contract rule 4). */
  readonly framework: 'express' | 'connect'
  /**
   * The methods of a layer's prototype that run its function, for a request
   * and for an error; null where the framework calls the function itself.
   */
  readonly runners: { request: string; error: string } | null
  /** Whether the promise that a handler returns is ignored. */
  readonly dropsPromises: boolean
  /** The characters that may follow a mount path in a URL. */
  readonly separators: string
  /** The route to which a layer dispatches; undefined for any other layer. */
  routeOf(layer: Layer): Route | undefined
  /** The object by which a layer matches. A layer that comes to match other paths has another. */
  matcher(layer: Layer): unknown
  /** The characters with which all paths begin that the layer matches, in either case; empty where they are not known. */
  prefix(layer: Layer): string
  /**
   * Matches as the framework would, but leaves the layer as it is.
   *
   * @throws URIError for a parameter that can't be decoded, as the framework does
   */
  match(layer: Layer, path: string): LayerMatch | null
  /** A layer such as `use` without a path makes, by the layer's own constructor; `like` is any layer of the same framework. */
  newLayer(like: Layer, handle: Handler): Layer
  /** The path that a layer was given, where that does not depend on the URL; else null. */
  fixedPath(layer: Layer): string | null
  /** The path that a matching layer was given, as the user wrote it, or as near to that as the release tells. */
  pathText(layer: Layer, match: LayerMatch, path: string): string
}

/**
 * The method of a route, in lower case, that serves a request; undefined if
 * none does. A route for all methods has each, as Express's `app.all` makes it.
 */
export function servingMethod(route: Route, requestMethod: string): string | undefined {
  const method = lowerCase(requestMethod)
  if (route.methods[method]) return method
  if (method === 'head' && route.methods.get) return 'get'
  return route.methods._all ? method : undefined
}

const MAX_METHODS = 100
const lowerCases = new Map<string, string>()

/** A method in lower case: to look for properties by a string that V8 has seen takes less time than by a new one. */
export function lowerCase(method: string): string {
  let lower = lowerCases.get(method)
  if (lower === undefined) {
    lower = method.toLowerCase()
    // Methods are few, unless an app lets its clients write them.
    if (lowerCases.size < MAX_METHODS) lowerCases.set(method, lower)
  }
  return lower
}

/** A parameter's value as a router decodes it. */
export function decoded(value: string): string {
  return value.includes('%') ? decodeURIComponent(value) : value
}

type LayerConstructor = new (path: string, options: object, handle: Handler) => Layer

/** A layer such as both majors of router make for `use` without a path. */
export function newRouterLayer(like: Layer, handle: Handler): Layer {
  const { constructor: RouterLayer } = Object.getPrototypeOf(like) as { constructor: LayerConstructor }
  const layer = new RouterLayer('/', { sensitive: false, strict: false, end: false }, handle)
  ;(layer as Layer & { route?: Route | undefined }).route = undefined
  return layer
}
