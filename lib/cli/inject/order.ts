/** What the command has one process injected with. */
export interface Order {
  pid: number
  /** In clock ticks after boot: tells the process from another of its pid. */
  start: number
  /** The pid that the process itself sees, in its container. */
  innerPid: number
  /** Where an inspector may be open already. */
  inspectorPorts: number[]
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
      /** Whether the inspector was opened for this; otherwise it was open, and stays so. */
      opened: boolean
      /** Whether it was seen to be closed again. */
      closed?: boolean
    }
