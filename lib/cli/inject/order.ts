/** What the command has one process injected with. */
export interface Order {
  pid: number
  /** In clock ticks after boot: tells the process from another of its pid. */
  start: number
  /** The pid that the process itself sees, in its container. */
  innerPid: number
  /** Where an inspector may be open already. */
  inspectorPorts: number[]
  /** Whether SIGUSR1 opens its inspector, and does nothing else. */
  maySignal: boolean
  /** The package's one file to evaluate. */
  file: string
}

/** What became of it. */
export type Outcome =
  | { problem: string }
  | {
      /** As the process tells; to be checked. */
      report: unknown
      milliseconds: number
      port: number
      /** Whether it was seen to be closed; one that was open before stays so. */
      closed: boolean
    }
