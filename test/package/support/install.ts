import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { temporaryFolder } from './pack'
import { APPS, tool } from './tools'

/** The PATH of a machine that has neither compiler, nor make, nor Python: nothing at all. */
export const EMPTY_PATH = path.join(temporaryFolder(), 'bin')
mkdirSync(EMPTY_PATH)

/** Variables that npm and the test runner set, but not those that it takes to reach a registry. */
const SET_FOR_TESTS = /^(npm_(?!config_registry$)|NODE_(OPTIONS|PATH|TEST_CONTEXT)$)/i

/** The environment of a user who has no npm settings of their own. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const settings = Object.entries(process.env).filter(([name]) => !SET_FOR_TESTS.test(name))
  return { ...Object.fromEntries(settings), PATH: EMPTY_PATH, npm_config_userconfig: '/dev/null' }
}

/**
 * A new project with these packages, which npm 12 installed without running any
 * script; it has the apps of these tests too.
 *
 * @returns the folder, and what npm printed
 */
export function install(
  packages: string[],
  options: string[] = ['--ignore-scripts']
): { folder: string; output: string } {
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true }))
  const npm = tool('npm', 'bin', 'npm-cli.js')
  const { status, stdout, stderr } = spawnSync(
    tool('node-22', 'bin', 'node'),
    [npm, 'install', '--prefer-offline', ...options, ...packages],
    { cwd: folder, env: cleanEnvironment(), encoding: 'utf8' }
  )
  const output = stdout + stderr
  assert.equal(status, 0, output)
  cpSync(APPS, folder, { recursive: true })
  return { folder, output }
}
