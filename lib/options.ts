/** The options of {@link restifyProbes}. */
export interface Options {
  /** The server name, the first argument of every probe; `express`, or `connect`, if not given (contract rule 4). */
  name?: string
  /**
   * Names the routes that have no name, in place of restify's rule, and leaves given names as they are. It
   * gets the method in upper case and the full path, mount paths included. If it throws or gives no string,
   * restify's rule is used.
   */
  routeName?: (method: string, path: string) => string
  /**
   * Route names by method and path, such as `{ 'GET /hello/:name': 'GetFoo' }`: for Connect, which has no
   * routes, and for code that one would rather not touch. Paths are read as path-to-regexp 8 reads them, and
   * matched against the request's path; the first match counts. A name that `restifyProbes.route` gives goes
   * before it.
   */
  routes?: Record<string, string>
  /**
   * Names of request and response headers whose values are to be `[redacted]` in every probe of the app, in any case;
   * and, with a question mark before them, of parameters whose values are in the URL and in headers that hold URLs:
   * `['x-tenant-key', '?invite']`. Requests that `restifyProbes.route()` traces by itself are redacted by the names
   * that all calls of `restifyProbes()` in the process were given.
   */
  redact?: readonly string[]
  /**
   * The app or router in which the middleware is used. Express tells it by itself; Connect and `router` do
   * not always.
   */
  app?: object
  /**
   * Whether `npx restify-probes` can attach to this process as the user who runs it, or root, through a
   * socket in a folder that nobody else can open. It can, unless `false` is given, to any call, or the
   * environment variable `RESTIFY_PROBES_ATTACH` is `0`. Commands get figures and requests as the probes show
   * them.
   */
  attach?: boolean
}
