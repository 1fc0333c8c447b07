import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { missing, skipFor } from '../../support/compulsory'
import { PROGRAMS, ROOT } from './pack'

/** The apps of these tests, and the project whose dependencies they are tried out with. */
export const APPS = path.join(ROOT, 'test', 'package', 'apps')
const TOOLS = path.join(ROOT, 'test', 'package', 'tools')

/** A file of one of that project's dependencies. */
export function tool(...parts: string[]): string {
  return path.join(TOOLS, 'node_modules', ...parts)
}

export function versionOf(dependency: string): string {
  if (!existsSync(tool(dependency))) return `(${dependency})`
  return JSON.parse(readFileSync(tool(dependency, 'package.json'), 'utf8')).version
}

/** Options for a test that packs, needs that project's dependencies, and these programs. */
export function trying(...programs: string[]): { skip: string | false } {
  return skipFor(problem(programs))
}

function problem(programs: string[]): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'the Nodes of these tests are for linux-x64'
  if (!existsSync(tool('npm')))
    return 'not installed: npm --prefix test/package/tools ci --force --ignore-scripts'
  return missing([...PROGRAMS, ...programs])
}
