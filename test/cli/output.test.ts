import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { describe, it } from 'node:test'
import { run } from '../support/cli'

const linux = { skip: process.platform !== 'linux' && 'only Linux has /dev/full' }

/** The command with its standard output on a disk that is full. */
async function intoFull(args: string[]) {
  const full = openSync('/dev/full', 'w')
  try {
    return await run(args, { stdio: ['ignore', full, 'pipe'] })
  } finally {
    closeSync(full)
  }
}

describe('output that can not be written', linux, () => {
  for (const args of [['help'], ['script'], ['trace', '--json', '--', process.execPath, '-e', '']]) {
    it(`${args[0]}: status 1, and a sentence that says so`, async () => {
      const { code, stderr } = await intoFull(args)
      assert.equal(code, 1)
      assert.match(stderr, /^restify-probes: the output could not be written: ENOSPC/m)
      assert.doesNotMatch(stderr, /^ {4}at |Node\.js v/m)
    })
  }

  it('to standard error: status 1', async () => {
    const full = openSync('/dev/full', 'w')
    const { code } = await run(['no-such-command'], { stdio: ['ignore', full, full] })
    closeSync(full)
    assert.equal(code, 1)
  })
})

describe('a folder for temporary files that can not be written', () => {
  it('is said to be, with what to do', async () => {
    const env = { ...process.env, TMPDIR: '/no/such/folder' }
    const { code, stderr } = await run(['latency', '--', process.execPath, '-e', ''], { env })
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^restify-probes: there can be no folder for the app's socket: ENOENT.*\nThe environment variable TMPDIR/
    )
    assert.doesNotMatch(stderr, /^ {4}at /m)
  })
})
