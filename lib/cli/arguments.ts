import type { Grid } from '../figures/grid'
import type { Names } from './render/names'

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
  /** What is in the command lines of the processes that are meant. */
  name: string | undefined
  /** On which the processes that are meant listen. */
  port: number | undefined
  /** How they are listened to: by bpftrace, or by the sockets that they offer. Undefined for what they have. */
  via: 'kernel' | 'process' | undefined
  route?: string
  handlers: boolean
  routes: boolean
  /** Whether handlers are added up over all routes. */
  total: boolean
  /** Whether every distribution is shown. */
  distributions: boolean
  names: Names
  seconds?: number
  slowerThanMs: number
  /** Empty for every status. */
  statuses: StatusRange[]
  grid: Grid
  sort?: string
  json: boolean
  color: boolean
  dtrace: boolean
  /** The command whose script `script` prints. */
  script?: 'latency' | 'trace'
  /** What comes after --: a program to start, and its arguments. */
  app?: string[]
}

export interface StatusRange {
  from: number
  to: number
}
