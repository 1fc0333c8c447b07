// Runs a program of the tests with the arguments that were given, and ends with its status.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

export function runBuilt(program) {
  if (!existsSync(program)) {
    console.error(`${program} is not there: npm run build && npm run build:test`)
    process.exit(1)
  }
  const args = ['--enable-source-maps', program, ...process.argv.slice(2)]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  process.exit(status ?? 1)
}
