import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:net'
import { readOptions } from '../read-options'
import { stackOf } from '../routing/stacks'
import type { Runtime } from '../runtime'
import { type App, appsBehind, isApp, requestListeners, rootOf } from './apps'
import { Insertion } from './insertion'
import { originOf } from './origin'
import type { AppReport, ServerReport } from './report'
import { Servers } from './servers'

/** The most requests of a server that are looked at before the search for its apps is given up. */
const MAX_REQUESTS = 100

/** A server, and what is known of the apps behind it. */
class Site {
  apps: App[] = []
  /** The number of its requests that were looked at. */
  requests = 0

  constructor(readonly server: Server) {}
}

/**
 * The middleware in every root app of this thread that has none: in those whose servers listen when it begins, and in
 * others at their server's next connection. Nothing here throws.
 */
export class Injection {
  readonly #runtime: () => Runtime
  readonly #known: (server: ServerReport) => void
  readonly #sites: Site[] = []
  /** Sites whose apps are not known yet, or have no layers yet. */
  readonly #waiting = new Map<Server, Site>()
  /** Null for an app that has the middleware from its own source. */
  readonly #insertions = new Map<App, Insertion | null>()
  readonly #servers = new Servers({
    serverFound: (server) => attempt(() => this.#settle(new Site(server))),
    requestArrived: (server, req) => attempt(() => this.#arrived(server, req))
  })

  /**
   * @param runtime - gives the thread's, which is asked for when there is an app
   * @param known - is told of each server when it is found, and again when its apps are known; must not throw
   */
  constructor(runtime: () => Runtime, known: (server: ServerReport) => void = () => {}) {
    this.#runtime = runtime
    this.#known = known
  }

  begin(): void {
    attempt(() => this.#servers.start())
  }

  /** Takes the middleware out of every app. Requests in flight go on. */
  leave(): void {
    attempt(() => this.#servers.stop())
    for (const insertion of this.#insertions.values()) attempt(() => insertion?.takeOut())
    this.#insertions.clear()
    this.#waiting.clear()
  }

  report(): ServerReport[] {
    return this.#sites.map((site) => this.#reportOf(site))
  }

  #reportOf(site: Site): ServerReport {
    return {
      address: addressOf(site.server),
      apps: site.apps.map((app) => this.#reportOfApp(app)),
      waiting: this.#waiting.has(site.server),
      listener: site.apps.length > 0 ? '' : originOf(requestListeners(site.server)[0])
    }
  }

  #reportOfApp(app: App): AppReport {
    const insertion = this.#insertions.get(app)
    const framework = 'set' in app ? 'express' : 'route' in app && !('get' in app) ? 'connect' : 'router'
    if (insertion === undefined) return { framework, middleware: 'none' }
    return { framework, middleware: insertion === null ? 'its own' : 'injected' }
  }

  #settle(site: Site): void {
    this.#sites.push(site)
    site.apps = [...new Set(requestListeners(site.server).flatMap(appsBehind))]
    this.#waiting.set(site.server, site)
    if (this.#insertAll(site)) this.#waiting.delete(site.server)
    this.#known(this.#reportOf(site))
  }

  /** @returns whether nothing is left to be done for this site */
  #insertAll({ apps }: Site): boolean {
    return apps.length > 0 && apps.map((app) => this.#insert(app)).every(Boolean)
  }

  #insert(app: App): boolean {
    if (this.#insertions.has(app)) return true
    const stack = stackOf(app) ?? []
    if (stack.some(({ handle }) => this.#runtime().isMiddleware(handle))) {
      this.#insertions.set(app, null)
      return true
    }
    const insertion = Insertion.into(app, this.#runtime().middleware(readOptions({ app })))
    if (insertion === null) return false
    this.#insertions.set(app, insertion)
    return true
  }

  #arrived(server: Server, req: IncomingMessage): void {
    const site = this.#waiting.get(server)
    if (site === undefined) return
    if (this.#insertAll(site) || ++site.requests > MAX_REQUESTS) this.#stopWaiting(site)
    else if (site.apps.length === 0) setImmediate(() => attempt(() => this.#askRequest(site, req)))
  }

  /** Express notes on a request which app it has come to. */
  #askRequest(site: Site, req: IncomingMessage & { app?: unknown }): void {
    if (!this.#waiting.has(site.server) || !isApp(req.app)) return
    site.apps = [rootOf(req.app)]
    if (this.#insertAll(site)) this.#stopWaiting(site)
  }

  #stopWaiting(site: Site): void {
    this.#waiting.delete(site.server)
    this.#known(this.#reportOf(site))
  }
}

function addressOf(server: Server): string {
  const address = server.address()
  return typeof address === 'object' ? String(address?.port ?? '') : address
}

function attempt(action: () => void): void {
  try {
    action()
  } catch {}
}
