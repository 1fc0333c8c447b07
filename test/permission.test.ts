import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import restifyProbes from 'restify-probes'
import { EXPRESS_MAJORS, titleOf } from './support/frameworks'

const FIXTURE = path.join(__dirname, 'fixtures', 'written.js')

// Node 20 has it under its first name.
const flags = process.allowedNodeEnvironmentFlags
const PERMISSION = flags.has('--permission') ? '--permission' : '--experimental-permission'

// Network is denied since Node 25.
const NET = flags.has('--allow-net') ? ['--allow-net'] : []

/** The app of the fixture in a Node that may use its files, and the network, and nothing else. */
async function run(express: string, ...more: string[]): Promise<{ message: string; rounds: object[] }> {
  const node = [PERMISSION, '--allow-fs-read=*', ...NET, ...more]
  const env = { ...process.env, NODE_OPTIONS: '', PAUSE: '50' }
  const { stdout } = await promisify(execFile)(process.execPath, [...node, FIXTURE, express], { env })
  return JSON.parse(stdout)
}

for (const release of EXPRESS_MAJORS) {
  describe(`--permission, on ${titleOf(release)}`, () => {
    it('disturbs no request, and status() says what is missing for want of the inspector', async () => {
      const { message, rounds } = await run(release.express)
      assert.match(message, /; but --permission denies the inspector.*: .* routes show as unmatched/)
      assert.ok(Object.keys(rounds[1] ?? {}).length >= 8, JSON.stringify(rounds[1]))
      for (const location of Object.values(rounds[1] ?? {})) assert.equal(location, '')
    })

    const skip = flags.has('--allow-inspector') ? false : 'this Node has no --allow-inspector'
    it('with --allow-inspector lets us find out all, and status() mentions nothing', { skip }, async () => {
      const { message } = await run(release.express, '--allow-inspector')
      assert.doesNotMatch(message, /inspector/)
    })
  })
}

describe('without --permission', () => {
  it('status() mentions no inspector', () => {
    assert.doesNotMatch(restifyProbes.status().message, /inspector/)
  })
})
