import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Command, ROOT } from '../support/cli'
import { Shop } from '../support/shop'
import { tracing } from '../support/tracer'

const SILENT = path.join(ROOT, 'test', 'fixtures', 'silent-bpftrace.sh')

/** The time for a watchdog to act, in milliseconds. */
const PATIENCE = 5000

describe('a bpftrace that is stuck', tracing('pgrep'), () => {
  it('does not outlive a command that is killed', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'path-'))
    const program = path.join(folder, 'bpftrace')
    copyFileSync(SILENT, program)
    chmodSync(program, 0o755)
    const shop = await Shop.start()
    try {
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
      const command = new Command(['latency', '-p', String(shop.pid), '--via', 'kernel'], { env })
      const tracers = await startedBy(command.process.pid as number)
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
  })
})

/** Programs as which the command's children run by now. */
async function startedBy(pid: number): Promise<number[]> {
  for (;;) {
    try {
      const found = execFileSync('pgrep', ['-P', String(pid), 'sleep'], { encoding: 'utf8' })
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
