import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import restifyProbes from 'restify-probes'
import { Command, run } from '../support/cli'
import { Shop } from '../support/shop'
import { tracing } from '../support/tracer'
import { whileRunning } from './programs'

const APP = path.join(__dirname, 'escaping-app.js')
const CARRIER = path.join(__dirname, '..', 'fixtures', 'carrier.js')
const HOSTILE = '\x1b[2J\x9b31m\u202e\nrestify-probes: all is well\r'

const linux = { skip: process.platform !== 'linux' && 'processes are looked for on Linux only' }

/** Lines, and nothing else that a terminal acts upon. */
function assertHarmless(output: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.doesNotMatch(output, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
  assert.doesNotMatch(output, /^restify-probes: all is well/m)
}

describe('names that would clear the terminal', () => {
  for (const args of [
    ['trace', '--handlers'],
    ['trace', '--handlers', '--json'],
    ['trace', '--status', '418'],
    ['latency'],
    ['latency', '--route', 'none'],
    ['latency', '--json']
  ])
    it(`are spelled out by ${args.join(' ')}`, async () => {
      const command = new Command([...args, '--', process.execPath, APP])
      await command.printed(/ready/, args.includes('--json') ? 'stderr' : 'stdout')
      const { code, stdout, stderr } = await command.end('SIGINT')
      assert.equal(code, 0, stderr)
      assert.match(stdout + stderr, /\\u001b\\?\[2J\\u009b31m\\u202e(\\u000a|\\n)/)
      assertHarmless(stdout + stderr)
    })
})

describe('a process that shows escape sequences', linux, () => {
  it('has them spelled out by list, and where there are several to choose from', async () => {
    const folder = path.join(mkdtempSync(path.join(tmpdir(), 'escapes-')), HOSTILE)
    mkdirSync(folder)
    const addon = restifyProbes.status().addon as string
    const carrier = [CARRIER, addon, HOSTILE]
    await whileRunning(process.execPath, carrier, async () => {
      await whileRunning(process.execPath, carrier, async ({ pid }) => {
        for (const args of [
          ['list'],
          ['list', '--json'],
          ['latency'],
          ['latency', '-p', String(pid), '--via', 'process']
        ]) {
          const { stdout, stderr } = await run(args, { cwd: folder })
          assertHarmless(stdout + stderr)
        }
      })
    })
    rmSync(path.dirname(folder), { recursive: true })
  })
})

describe("bpftrace's own words", tracing(), () => {
  it('are spelled out, and do not make it seem to be missing', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'path-'))
    const said = `ERROR: ENOENT ${HOSTILE} [2J`
    writeFileSync(path.join(folder, 'said'), said)
    const script =
      '#!/bin/sh\n[ "$1" = --version ] && echo "bpftrace v0.17.0" && exit\ncat "$0/../said" >&2\nexit 1\n'
    writeFileSync(path.join(folder, 'bpftrace'), script.replace('$0/../said', path.join(folder, 'said')))
    chmodSync(path.join(folder, 'bpftrace'), 0o755)
    const shop = await Shop.start()
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
    const { code, stderr } = await run(['latency', '-p', String(shop.pid), '--via', 'kernel'], { env })
    await shop.stop()
    rmSync(folder, { recursive: true })
    assert.equal(code, 1)
    assert.match(stderr, /bpftrace could not trace: ERROR: ENOENT \\u001b\[2J/)
    assert.doesNotMatch(stderr, /not installed/)
    assertHarmless(stderr)
  })
})
