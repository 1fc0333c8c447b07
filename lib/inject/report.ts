import type { Status } from '../status'

/** The result of an injection, in words that cross from the app's process to the command's. */
export interface InjectionReport {
  servers: ServerReport[]
  attach: Status['attach']
  /** Whether the process closes its inspector once it is told that nobody is connected to it. */
  closesInspector: boolean
}

/** One server, and what its requests go to. */
export interface ServerReport {
  /** A port, or the path of a socket; empty for a server that does not listen. */
  address: string
  /** An empty list while they are unknown. */
  apps: AppReport[]
  /** Whether its apps are still looked for: those are known once a request has been through. */
  waiting: boolean
  /** The origin of its listener, such as `koa`. */
  listener: string
}

export interface AppReport {
  framework: 'express' | 'connect' | 'router'
  /**
   * Whether it has the middleware from us, from its own source, or not yet: an app that has no layer
   * is left alone.
   */
  middleware: 'injected' | 'its own' | 'none'
}
