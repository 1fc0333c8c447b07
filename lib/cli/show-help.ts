import { COMMANDS } from './commands/commands'
import { OVERVIEW } from './help'
import type { Parsed } from './parse'
import { printable, printableLines } from './printable'
import { EXIT } from './problem'
import { print } from './terminal/output'
import { packageVersion } from './version'

/** Prints what `help`, `--help` and `--version` ask for. */
export function showHelp({ command, topic }: Parsed): number {
  if (command === 'version') print(printable(packageVersion()))
  else print(printableLines((topic === undefined ? OVERVIEW : COMMANDS[topic].help).trimEnd()))
  return EXIT.ok
}
