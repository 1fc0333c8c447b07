import { readFileSync } from 'node:fs'
import { PACKAGE_JSON } from './files'

/** The release of the package whose command this is. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE_JSON, 'utf8')) as { version: string }).version
}
