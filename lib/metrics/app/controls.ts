import type { IncomingMessage, ServerResponse } from 'node:http'

/** The controls of metrics, as long as these are given. */
export interface Controls {
  /**
   * Switches the series of handlers: on, off, or on for a time from now, such as `'10m'`.
   *
   * @throws TypeError for anything else
   */
  showHandlers(shown: boolean | string): void
  /** The same switch for HTTP: `PUT ?show=on`, `off` or `10m`. Whoever can reach it can use it. */
  handlersSwitch(req: IncomingMessage, res: ServerResponse): void
  /** Ends them: nothing is counted any more. */
  stop(): void
}
