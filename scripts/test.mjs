// Runs the compiled tests, or those whose path has one of the words given.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { writeTestsOfSuites } from './bpftraces.mjs'

writeTestsOfSuites()

const words = process.argv.slice(2)
const files = readdirSync('build/test', { recursive: true })
  .map((file) => path.join('build/test', file))
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()

if (files.length === 0) {
  console.error(`No compiled test has '${words.join("' or '")}' in its path.`)
  process.exit(1)
}

// Files run one at a time: tracers see every process that has the addon.
const { status } = spawnSync(
  process.execPath,
  [
    '--enable-source-maps',
    '--test',
    '--test-concurrency=1',
    // The limit is for a whole file too: some compile, or run under sanitizers.
    '--test-timeout=300000',
    '--test-reporter=./scripts/reporter.mjs',
    ...files
  ],
  { stdio: 'inherit' }
)
process.exit(status ?? 1)
