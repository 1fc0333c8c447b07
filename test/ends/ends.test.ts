import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'

/** These are enough for each kind of end; `npm run fuzz:ends` is for more. */
const CASES = 300

/** Any seed will do, but it is the same each time, so that a failure comes of a change. */
const SEED = 1

describe('random ends of responses, against what a client received (rule 9)', () => {
  for (const framework of ['express', 'express-4', 'connect']) {
    it(`on ${framework}: ${CASES} cases`, async (test) => {
      const options = ['--framework', framework, '--cases', String(CASES), '--seed', String(SEED)]
      const args = ['--enable-source-maps', path.join(__dirname, 'run.js'), ...options]
      const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => {
        throw new Error(error.stdout + error.stderr)
      })
      test.diagnostic(stdout.trim())
    })
  }
})
