import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Command, ROOT } from '../support/cli'
import { Shop } from '../support/shop'
import { tracing } from '../support/tracer'

/** The time for a watchdog to act, in milliseconds. */
const PATIENCE = 15_000

/** Kills the command when it has started this script in the place of bpftrace, whose process has such a command line. */
async function killedWith(script: string, words: RegExp, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'path-'))
  const program = path.join(folder, 'bpftrace')
  copyFileSync(path.join(ROOT, 'test', 'fixtures', script), program)
  chmodSync(program, 0o755)
  const shop = await Shop.start()
  try {
    const command = new Command(['latency', '-p', String(shop.pid), '--via', 'kernel'], {
      env: { ...process.env, ...env, PATH: `${folder}:${process.env.PATH}` }
    })
    const tracers = await startedBy(command.process.pid as number, words)
    await command.end('SIGKILL')
    const deadline = Date.now() + PATIENCE
    while (tracers.some(isRunning) && Date.now() < deadline) await setTimeout(20)
    const left = tracers.filter(isRunning)
    for (const pid of left) process.kill(pid, 'SIGKILL')
    assert.deepEqual(left, [])
  } finally {
    await shop.stop()
    rmSync(folder, { recursive: true })
  }
}

describe('a bpftrace whose command is killed', tracing('pgrep'), () => {
  it('is killed, too, if it is stuck', () => killedWith('silent-bpftrace.sh', /^sleep/))

  it('is asked to end, and not killed, as the kernel would leak the probes that it attaches to', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'heard-'))
    const heard = path.join(folder, 'heard')
    try {
      await killedWith('hearing-bpftrace.sh', /bpftrace -f json/, { RESTIFY_PROBES_TEST_HEARD: heard })
      assert.equal(readFileSync(heard, 'utf8'), 'SIGINT\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

/** Programs as which the command's children run by now. */
async function startedBy(pid: number, words: RegExp): Promise<number[]> {
  for (;;) {
    try {
      const found = execFileSync('pgrep', ['-P', String(pid), '-f', words.source], { encoding: 'utf8' })
      return found.trim().split('\n').map(Number)
    } catch {
      await setTimeout(20)
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
