import type { Grid } from '../figures/grid'
import type { Named } from '../figures/wanted'
import type { ListenAddress } from './export/options'
import type { Names } from './render/names'
import type { FleetQuery } from './sources/prometheus/fleet-query'

/** A command line that was understood. */
export interface Arguments {
  /** The command's name. */
  command: string
  /** The processes that -p names. */
  pids: number[]
  /** Every process that carries the provider. */
  all: boolean
  /** Whether the middleware is to be put into the processes first. */
  inject: boolean
  /** Whether that is done without asking. */
  yes: boolean
  /** A text that the command lines of the processes that are meant contain. */
  name: string | undefined
  /** A port on which the processes that are meant listen. */
  port: number | undefined
  /**
   * The way to listen: bpftrace, or the sockets that processes offer. Undefined takes the way that a
   * process has.
   */
  via: 'kernel' | 'process' | undefined
  route?: string
  handlers: boolean
  /** Whether the calls that handlers make of their own are shown. */
  outgoing: boolean
  routes: boolean
  /** Whether handlers are added up over all routes. */
  total: boolean
  /** Whether every distribution is shown. */
  distributions: boolean
  names: Names
  seconds?: number
  slowerThanMs: number
  /** The statuses that are wanted; an empty list for every status. */
  statuses: StatusRange[]
  /** The text that the URL must contain; empty for every URL. */
  url: string
  /** The headers that requests must have. Those without a value group the requests, too. */
  headers: Named[]
  query: Named[]
  grid: Grid
  sort?: string
  /** The Prometheus that `top` asks in place of processes, and the figures that it asks for. */
  fleet?: FleetQuery
  /** The address at which `export` listens, and the one that it pushes to. */
  listen?: ListenAddress
  otlp?: URL
  /** The time between two pushes, in seconds. */
  otlpInterval?: number
  /** The time for which it gives figures of handlers, in milliseconds. */
  handlersForMs?: number
  json: boolean
  color: boolean
  dtrace: boolean
  /** The files that the command's words name. */
  files: string[]
  /** The file to which a recording is written. */
  record?: string
  /** The file to which a page is written. */
  html?: string
  /** The command whose script `script` prints. */
  script?: 'latency' | 'trace'
  /** The words after `--`: a program to start, and its arguments. */
  app?: string[]
}

export interface StatusRange {
  from: number
  to: number
}
