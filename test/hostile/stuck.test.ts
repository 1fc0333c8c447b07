import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import restifyProbes from 'restify-probes'
import { Command, objects } from '../support/cli'
import { missing, skipFor } from '../support/compulsory'
import { compiled, whileRunning } from './programs'

const needed =
  process.getuid?.() === 0 && existsSync('/dev/fuse') ? missing(['gcc']) : 'it takes root and FUSE to mount'

/**
 * The time for a command, in milliseconds: the first process that does not answer is waited for three
 * seconds.
 */
const PATIENCE = 20_000

/** A page of an argument is somebody else's file. */
const LONG = 'x'.repeat(16 * 1024)

describe('a process whose files do not answer', skipFor(needed), () => {
  const addon = restifyProbes.status().addon as string
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'stuck-'))
  })
  afterEach(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })

  async function ended(args: string[]) {
    const command = new Command(args)
    const timer = setTimeout(() => command.process.kill('SIGKILL'), PATIENCE)
    const end = await command.end()
    clearTimeout(timer)
    assert.equal(end.signal, null, `${args} did not end`)
    return end
  }

  for (const [what, args] of [
    ['its addon', []],
    ['one of its arguments', [LONG]]
  ] as const) {
    it(`such as ${what}, is left out of list and named there; others are listed`, async () => {
      await whileRunning(compiled('stuck'), [folder, addon, ...args], async ({ pid }) => {
        await whileRunning(compiled('map'), [addon], async (other) => {
          const { code, stdout, stderr } = await ended(['list', '--json'])
          assert.equal(code, 0)
          const pids = objects<{ pid: number }>(stdout).map((each) => each.pid)
          assert.ok(pids.includes(other.pid))
          assert.ok(!pids.includes(pid))
          assert.match(stderr, new RegExp(`process ${pid} of root can't be read`))
        })
      })
    })

    it(`such as ${what}, is not traced, which a sentence tells`, async () => {
      await whileRunning(compiled('stuck'), [folder, addon, ...args], async ({ pid }) => {
        const { code, stderr } = await ended(['latency', '-p', String(pid)])
        assert.equal(code, 1)
        assert.match(stderr, new RegExp(`^restify-probes: process ${pid} of root can't be read`))
      })
    })
  }
})
