import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { FRAMEWORKS } from './model'

/** These are enough for a look at each kind of thing; `npm run fuzz` is for more. */
const CASES = 300

/** Any seed will do, but it is the same each time, so that a failure comes of a change. */
const SEED = 1

describe('random apps, with a tracer that comes and goes (rules 1 to 9 and 12)', () => {
  for (const framework of FRAMEWORKS) {
    it(`on ${framework}: ${CASES} cases`, async (test) => {
      // It runs in a process of its own: the test runner would take the rejections of these apps for
      // failures.
      const options = ['--framework', framework, '--cases', String(CASES), '--seed', String(SEED)]
      const args = ['--enable-source-maps', path.join(__dirname, 'run.js'), ...options]
      const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => {
        throw new Error(error.stdout + error.stderr)
      })
      test.diagnostic(stdout.trim())
    })
  }
})
