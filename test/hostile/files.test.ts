import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import restifyProbes from 'restify-probes'
import { Command, objects } from '../support/cli'
import { missing, skipFor } from '../support/compulsory'
import { endlessNotes, manySections, replaced } from './elf'
import { compiled, whileRunning } from './programs'

interface Listed {
  pid: number
  user: string
  attached: boolean | null
  addons: { path: string; refusal?: string }[]
}

const needed =
  process.platform === 'linux' ? missing(['gcc', 'mkfifo']) : 'processes are looked for on Linux only'

/** The time for `list`, in milliseconds; it takes a fifth of that on an idle machine. */
const PATIENCE = 5000

describe('a file that a process has mapped as an addon', skipFor(needed), () => {
  const real = readFileSync(restifyProbes.status().addon as string)
  let folder: string
  let addon: string
  let map: string

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hostile-'))
    addon = path.join(folder, 'restify_probes.node')
    map = compiled('map')
  })
  after(() => rmSync(folder, { recursive: true }))

  /** Gives what `list` shows of the process. It must be done in time, and in little memory. */
  async function listed(pid: number): Promise<Listed> {
    const command = new Command(['list', '--json'], {
      env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=64' }
    })
    const timer = setTimeout(() => command.process.kill('SIGKILL'), PATIENCE)
    const { stdout, stderr, signal } = await command.end()
    clearTimeout(timer)
    assert.equal(signal, null, `list did not end: ${stderr}`)
    const found = objects<Listed>(stdout).find((each) => each.pid === pid)
    assert.ok(found, stderr)
    return found
  }

  for (const [what, make, reason] of [
    ['a note that leads back to itself', endlessNotes, /others' notes/],
    ['65,535 sections with one name of 30 MB', manySections, /it has \d+ bytes/],
    [
      'arguments that nobody can read',
      () => replaced(real, '8@%rdi 8@%rsi', '8@%rdi @@@%zz'),
      /arguments of its own/
    ],
    [
      'a probe of another name',
      () => replaced(real, 'handler__start', 'handler__\x1b[2J!'),
      /a probe that is not ours/
    ],
    ['no notes', () => Buffer.from('\x7fELF'), /no ELF file/]
  ] as const) {
    it(`has ${what}: it is refused, in time`, async () => {
      writeFileSync(addon, make())
      await whileRunning(map, [addon], async ({ pid }) => {
        const { attached, addons } = await listed(pid)
        assert.equal(attached, null)
        assert.match(addons[0]?.refusal ?? '', reason)
      })
    })
  }

  it('has 2 GB, of nothing: it is refused, in time', async () => {
    writeFileSync(addon, real)
    truncateSync(addon, 2 ** 31)
    await whileRunning(map, [addon], async ({ pid }) => {
      assert.match((await listed(pid)).addons[0]?.refusal ?? '', /2147483648 bytes/)
    })
  })

  it('is a FIFO by now: what is mapped is looked at, and nobody waits', async () => {
    writeFileSync(addon, real)
    await whileRunning(map, [addon], async ({ pid }) => {
      const fifo = path.join(folder, 'fifo')
      execFileSync('mkfifo', [fifo])
      renameSync(fifo, addon)
      const { addons } = await listed(pid)
      assert.equal(addons.length, 1)
    })
    rmSync(addon)
  })

  it('is one of thousands: some are shown', async () => {
    const files = Array.from({ length: 300 }, (_, i) => path.join(folder, String(i), 'restify_probes.node'))
    for (const file of files) execFileSync('install', ['-D', restifyProbes.status().addon as string, file])
    const names = files.join('\n')
    writeFileSync(path.join(folder, 'names'), names)
    await whileRunning(compiled('map-many'), [path.join(folder, 'names')], async ({ pid }) => {
      assert.equal((await listed(pid)).addons.length, 4)
    })
  })
})

describe('a command line', skipFor(needed), () => {
  it('of 400 MB of nothing is not read', async () => {
    const addon = restifyProbes.status().addon as string
    await whileRunning(compiled('arguments'), [addon, '400'], async ({ pid }) => {
      const command = new Command(['list', '--json'])
      const { code, stdout, stderr } = await command.end()
      assert.equal(code, 0, stderr)
      assert.ok(objects<Listed>(stdout).some((each) => each.pid === pid))
    })
  })
})
