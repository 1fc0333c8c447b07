import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Arguments } from '../arguments'
import { HELP, OVERVIEW } from '../help'
import { EXIT } from '../problem'
import { print } from './context'

export function help({ command, topic }: Arguments): number {
  if (command === 'version') print(packageVersion())
  else print((topic === undefined ? OVERVIEW : HELP[topic]).trimEnd())
  return EXIT.ok
}

function packageVersion(): string {
  const file = path.join(__dirname, '..', '..', '..', 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
