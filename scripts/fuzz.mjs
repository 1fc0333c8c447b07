// Checks random apps until one fails, or for so long:
// npm run fuzz -- --minutes 10 [--framework express|express-4|connect] [--seed S] [--cases N]
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const program = 'build/test/fuzz/run.js'
if (!existsSync(program)) {
  console.error(`${program} is not there: npm run build && npm run build:test`)
  process.exit(1)
}
const args = ['--enable-source-maps', program, ...process.argv.slice(2)]
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
process.exit(status ?? 1)
