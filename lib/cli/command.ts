import type { Arguments } from './arguments'
import type { Context } from './commands/context'
import type { Option } from './options'

/** One command: all that the command line needs to know of it. */
export interface Command {
  /** The options that it takes beside those that every command takes. */
  readonly options: readonly Option[]
  /** Whether it can start an app: `-- node app.js`. */
  readonly startsApp: boolean
  /** The text that `restify-probes help COMMAND` prints. */
  readonly help: string
  /** The words that it takes after its name, as its help calls them: `FILE`. */
  readonly words?: readonly string[]
  /** @returns the exit status */
  run(options: Arguments, context: Context): number | Promise<number>
}
