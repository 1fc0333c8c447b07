import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type * as FailureModule from '../../dist/cli/sources/bpftrace/failure'
import type * as MessageModule from '../../dist/cli/sources/bpftrace/message'
import type * as ReleaseModule from '../../dist/cli/sources/bpftrace/release'
import { internal, run } from '../support/cli'
import { Shop } from '../support/shop'

const { failureOf, installLine } = internal<typeof FailureModule>('sources/bpftrace/failure')
const { parseMessage } = internal<typeof MessageModule>('sources/bpftrace/message')
const { releaseOf } = internal<typeof ReleaseModule>('sources/bpftrace/release')

const asRoot = { skip: process.getuid?.() !== 0 && 'needs root' }

describe('a bpftrace that is not as it should be', asRoot, () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.start()
  })
  after(() => shop.stop())

  it('bpftrace is not installed', async () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'path-'))
    const { code, stderr } = await run(['latency', '--via', 'kernel', '-p', String(shop.pid)], {
      env: { PATH: empty }
    })
    rmSync(empty, { recursive: true })
    assert.equal(code, 1)
    assert.match(stderr, /bpftrace is not installed\n(Install it with: sudo|How to install it: )/)
    assert.match(stderr, /restify-probes latency -- node app\.js/)
  })

  it('bpftrace is too old', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'path-'))
    writeFileSync(path.join(folder, 'bpftrace'), '#!/bin/sh\necho "bpftrace v0.11.4"\n')
    chmodSync(path.join(folder, 'bpftrace'), 0o755)
    const { code, stderr } = await run(['latency', '--via', 'kernel', '-p', String(shop.pid)], {
      env: { PATH: folder }
    })
    rmSync(folder, { recursive: true })
    assert.equal(code, 1)
    assert.match(stderr, /bpftrace 0\.11 is too old: it needs to be 0\.17 or later/)
  })

  it('bpftrace fails: its own words are passed on', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'path-'))
    const script =
      '#!/bin/sh\n[ "$1" = --version ] && echo "bpftrace v0.17.0" && exit\necho "ERROR: no BTF" >&2\nexit 1\n'
    writeFileSync(path.join(folder, 'bpftrace'), script)
    chmodSync(path.join(folder, 'bpftrace'), 0o755)
    const { code, stderr } = await run(['latency', '--via', 'kernel', '-p', String(shop.pid)], {
      env: { PATH: folder }
    })
    rmSync(folder, { recursive: true })
    assert.equal(code, 1)
    assert.match(stderr, /bpftrace could not trace: ERROR: no BTF/)
  })
})

describe('bpftrace on a system', () => {
  it('knows how bpftrace is installed', () => {
    const line = (release: string) => installLine(release)
    assert.match(line('NAME="x"\nID=ubuntu\nID_LIKE=debian\n'), /apt-get install bpftrace/)
    assert.match(line('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), /dnf install bpftrace/)
    assert.match(line('ID=alpine\n'), /apk add bpftrace/)
    assert.match(line('ID=something\n'), /https:\/\/bpftrace\.org/)
  })

  it("knows bpftrace's releases by their names for the same", () => {
    assert.equal(releaseOf('bpftrace v0.17.0').stringSize, 'BPFTRACE_STRLEN')
    assert.equal(releaseOf('bpftrace v0.21.2').mapKeys, 'BPFTRACE_MAX_MAP_KEYS')
    assert.deepEqual(releaseOf('bpftrace v0.24.1').warnings, [])
    assert.throws(() => releaseOf('bpftrace v0.16.0'), /0\.16 is too old/)
  })

  it("leaves out what 0.17 says about a limit that there isn't", () => {
    assert.equal(
      failureOf("ERROR: couldn't set RLIMIT_MEMLOCK for bpftrace\nstdin:1:1: ERROR: nothing here\n").message,
      'bpftrace could not trace: stdin:1:1: ERROR: nothing here'
    )
  })
})

it('gives the reason why bpftrace could not trace, and not the warnings before it', () => {
  const said = [
    'stdin:154:3-8: WARNING: Kernel does not support bounded loops.',
    '\t\twhile ($left > 0) {',
    '\t\t~~~~~',
    'WARNING: Could not read functions',
    'ERROR: Error creating map: Operation not permitted'
  ]
  assert.equal(
    failureOf(said.join('\n')).message,
    'bpftrace could not trace: ERROR: Error creating map: Operation not permitted'
  )
})

describe('a bpftrace that is killed', () => {
  it('is said to be, with what it had said', () => {
    const silent = failureOf("ERROR: couldn't set RLIMIT_MEMLOCK for bpftrace\n", 'SIGKILL')
    assert.equal(silent.message, 'bpftrace was killed by SIGKILL')
    assert.deepEqual(silent.advice, [])
    assert.deepEqual(failureOf('out of memory\n', 'SIGABRT').advice, ['  out of memory'])
  })
})

describe("bpftrace's messages", () => {
  it('are read with text that is not ASCII, as 0.17 spells it', () => {
    const line = '{"type": "printf", "data": "n\\t1\\tcaf\\uffffffc3\\uffffffa9 \\\\uffffffc3 \\"\\n"}'
    assert.deepEqual(parseMessage(line), { type: 'printf', data: 'n\t1\tcafé \\uffffffc3 "\n' })
  })

  it('are left alone otherwise', () => {
    assert.deepEqual(parseMessage('{"type": "printf", "data": "é"}'), { type: 'printf', data: 'é' })
    assert.equal(parseMessage(''), undefined)
    assert.equal(parseMessage('{"type": '), undefined)
  })
})
