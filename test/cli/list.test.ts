import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import restifyProbes from 'restify-probes'
import { objects, run } from '../support/cli'

const CARRIER = path.join(__dirname, '..', 'fixtures', 'carrier.js')

const linux = { skip: process.platform !== 'linux' && 'processes are looked for on Linux only' }
const asRoot = { skip: process.getuid?.() !== 0 && 'needs root' }
const NOBODY = 65534

describe('list', linux, () => {
  it("shows one's own processes without root", asRoot, async () => {
    const addon = restifyProbes.status().addon as string
    const own = spawn(process.execPath, [CARRIER, addon], { uid: NOBODY, gid: NOBODY })
    await new Promise((resolve) => own.stdout.once('data', resolve))
    const { stdout } = await run(['list', '--json'], { uid: NOBODY, gid: NOBODY })
    own.kill()
    const [listed] = objects<{ pid: number; addons: unknown[] }>(stdout)
    assert.equal(listed?.pid, own.pid)
    assert.deepEqual(listed?.addons, [{ path: addon, deleted: false }])
  })

  it('shows an addon that was deleted under the process', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'deleted-'))
    const addon = path.join(folder, 'restify_probes.node')
    copyFileSync(restifyProbes.status().addon as string, addon)
    const own = spawn(process.execPath, [CARRIER, addon])
    await new Promise((resolve) => own.stdout.once('data', resolve))
    unlinkSync(addon)
    const { stdout } = await run(['list'])
    own.kill()
    rmSync(folder, { recursive: true })
    assert.match(stdout, /^PID +USER +UPTIME +PORT +VIA +ATTACHED +CWD +COMMAND +ADDON$/m)
    assert.match(stdout, new RegExp(`^${own.pid} .*${addon} \\(deleted\\)$`, 'm'))
  })
})
