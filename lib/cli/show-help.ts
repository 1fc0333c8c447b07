import { readFileSync } from 'node:fs'
import { COMMANDS } from './commands/commands'
import { PACKAGE_JSON } from './files'
import { OVERVIEW } from './help'
import type { Parsed } from './parse'
import { printable, printableLines } from './printable'
import { EXIT } from './problem'
import { print } from './terminal/output'

/** Prints what `help`, `--help` and `--version` ask for. */
export function showHelp({ command, topic }: Parsed): number {
  if (command === 'version') print(printable(packageVersion()))
  else print(printableLines((topic === undefined ? OVERVIEW : COMMANDS[topic].help).trimEnd()))
  return EXIT.ok
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE_JSON, 'utf8')) as { version: string }).version
}
