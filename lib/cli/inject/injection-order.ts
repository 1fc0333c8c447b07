/** The command's order to the injector of one process. */
export interface InjectionOrder {
  pid: number
  /** The process's start in clock ticks after boot, which tells it from another process of the same pid. */
  start: number
  /** The pid that the process itself sees, in its container. */
  innerPid: number
  /** The ports at which an inspector may be open already. */
  inspectorPorts: number[]
  /** Whether SIGUSR1 opens its inspector, and does nothing else. */
  maySignal: boolean
  /** The package's one file to evaluate. */
  file: string
  /**
   * The inodes of the sockets that listened before: nothing is to be injected, and an inspector that has opened since is
   * to be closed.
   */
  close?: string[]
}

/** The result of an order. */
export type Outcome =
  | { problem: string }
  | {
      /** The report as the process tells it, still to be checked. */
      report: unknown
      milliseconds: number
      port: number
      /** Whether it was seen to be closed; one that was open before stays so. */
      closed: boolean
    }
