import type { Grid } from '../figures/grid'

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
  route?: string
  handlers: boolean
  routes: boolean
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
