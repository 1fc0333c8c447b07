import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  unlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import restifyProbes from 'restify-probes'
import type * as FailureModule from '../../dist/cli/sources/bpftrace/failure'
import type * as MessageModule from '../../dist/cli/sources/bpftrace/message'
import type * as PermissionModule from '../../dist/cli/sources/bpftrace/permission'
import type * as ReleaseModule from '../../dist/cli/sources/bpftrace/release'
import { CLI, internal, objects, run } from '../support/cli'
import { Shop } from '../support/shop'
import { tracing } from '../support/tracer'

const { failureOf, installLine } = internal<typeof FailureModule>('sources/bpftrace/failure')
const { parseMessage } = internal<typeof MessageModule>('sources/bpftrace/message')
const { checkMayTrace } = internal<typeof PermissionModule>('sources/bpftrace/permission')
const { releaseOf } = internal<typeof ReleaseModule>('sources/bpftrace/release')

const linux = { skip: process.platform !== 'linux' && 'processes are looked for on Linux only' }
const asRoot = { skip: process.getuid?.() !== 0 && 'needs root' }
const NOBODY = 65534

describe('what can go wrong with processes', linux, () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.start()
  })
  after(() => shop.stop())

  it('there is no such process', async () => {
    // The largest that Linux can have is 2^22.
    const { code, stderr } = await run(['latency', '-p', '4194305'])
    assert.equal(code, 1)
    assert.match(stderr, /there is no process 4194305\nrestify-probes list shows/)
  })

  it('it is a Node process without the provider', async () => {
    const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd: tmpdir() })
    const { code, stderr } = await run(['latency', '-p', String(bare.pid)])
    bare.kill()
    assert.equal(code, 1)
    assert.match(stderr, /process \d+ does not carry the provider\n.*not in its node_modules/)
    assert.match(stderr, /provider: 'none'/)
    assert.match(stderr, new RegExp(`^  restify-probes latency -p ${bare.pid} --inject$`, 'm'))
  })

  it('it is a Node process in which the native part is not loaded: status() says none', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'none-'))
    const bare = spawn(
      process.execPath,
      [
        '-e',
        `const fs = require('fs')
         fs.mkdirSync('node_modules/restify-probes', { recursive: true })
         fs.writeFileSync('node_modules/restify-probes/package.json', '{}')
         console.log('ready')
         setInterval(() => {}, 1000)`
      ],
      { cwd: folder }
    )
    await new Promise((resolve) => bare.stdout.once('data', resolve))
    const { code, stderr } = await run(['trace', '-p', String(bare.pid)])
    bare.kill()
    rmSync(folder, { recursive: true })
    assert.equal(code, 1)
    assert.match(stderr, /The package is installed where it runs, but its native part is not loaded/)
    assert.match(stderr, /status\(\) says\nprovider: 'none' and why/)
  })

  it('it is no Node process', async () => {
    const sleep = spawn('sleep', ['60'])
    const { code, stderr } = await run(['top', '-p', String(sleep.pid)])
    sleep.kill()
    assert.equal(code, 1)
    assert.match(stderr, /It is no Node process, by its program: sleep 60/)
  })

  it('there are several, and none was chosen', async () => {
    const other = await Shop.start()
    const { code, stderr } = await run(['trace'])
    await other.stop()
    assert.equal(code, 1)
    assert.match(stderr, /processes carry the provider; choose with -p, once or more, or take --all:/)
    assert.match(stderr, /^ {2}restify-probes trace --all$/m)
    for (const { pid } of [shop, other])
      assert.match(
        stderr,
        new RegExp(`^ {2}restify-probes trace -p ${pid} {4}# \\S+, up \\d+s: .*shop\\.js(, in .*)?$`, 'm')
      )
  })

  it('there are several in different directories: which is told', async () => {
    const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'elsewhere-')))
    const addon = restifyProbes.status().addon as string
    const code = `require(${JSON.stringify(addon)}); console.log('ready'); setInterval(() => {}, 1000)`
    const other = spawn(process.execPath, ['-e', code], { cwd: folder })
    await new Promise((resolve) => other.stdout.once('data', resolve))
    const { stderr } = await run(['top'])
    other.kill()
    rmSync(folder, { recursive: true })
    assert.match(stderr, new RegExp(`-p ${other.pid} .*, in ${folder}$`, 'm'))
    assert.match(stderr, new RegExp(`-p ${shop.pid} .*shop\\.js, in ${process.cwd()}$`, 'm'))
  })

  it('bpftrace is not installed', asRoot, async () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'path-'))
    const { code, stderr } = await run(['latency', '--via', 'kernel', '-p', String(shop.pid)], {
      env: { PATH: empty }
    })
    rmSync(empty, { recursive: true })
    assert.equal(code, 1)
    assert.match(stderr, /bpftrace is not installed\n(Install it with: sudo|How to install it: )/)
    assert.match(stderr, /restify-probes latency -- node app\.js/)
  })

  it('bpftrace is too old', asRoot, async () => {
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

  it('bpftrace fails: its own words are passed on', asRoot, async () => {
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

describe('a root that is refused', tracing('setpriv'), () => {
  it("is not told to be root: the process can't be looked into", async () => {
    const other = spawn('sleep', ['60'], { uid: NOBODY, gid: NOBODY })
    // Kernels take one of the others for CAP_SYS_PTRACE to read maps.
    const without = '-sys_ptrace,-perfmon,-sys_admin'
    const drop = [`--inh-caps=${without}`, `--bounding-set=${without}`]
    const { status, stderr } = spawnSync(
      'setpriv',
      [...drop, process.execPath, CLI, 'latency', '-p', String(other.pid)],
      { encoding: 'utf8' }
    )
    other.kill()
    assert.equal(status, 1)
    assert.match(stderr, /process \d+ can't be looked into, not even by this root \(EACCES\)/)
    assert.doesNotMatch(stderr, /sudo/)
  })
})

describe('list', linux, () => {
  it("shows one's own processes without root", asRoot, async () => {
    const addon = restifyProbes.status().addon as string
    const code = `require(${JSON.stringify(addon)}); console.log('ready'); setInterval(() => {}, 1000)`
    const own = spawn(process.execPath, ['-e', code], { uid: NOBODY, gid: NOBODY })
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
    const code = `require(${JSON.stringify(addon)}); console.log('ready'); setInterval(() => {}, 1000)`
    const own = spawn(process.execPath, ['-e', code])
    await new Promise((resolve) => own.stdout.once('data', resolve))
    unlinkSync(addon)
    const { stdout } = await run(['list'])
    own.kill()
    rmSync(folder, { recursive: true })
    assert.match(stdout, /^PID +USER +UPTIME +PORT +VIA +ATTACHED +CWD +COMMAND +ADDON$/m)
    assert.match(stdout, new RegExp(`^${own.pid} .*${addon} \\(deleted\\)$`, 'm'))
  })
})

describe('what can go wrong with the system', () => {
  const linuxRoot = {
    platform: 'linux' as const,
    uid: 0,
    capabilities: 2n ** 41n - 1n,
    ambient: 0n,
    exists: () => true,
    runsBpftrace: () => false
  }
  const release = releaseOf('bpftrace v0.27.0')

  it('has nothing against root on Linux', () => {
    checkMayTrace(['node'], release, linuxRoot)
    checkMayTrace(['node'], release, { ...linuxRoot, capabilities: (1n << 38n) | (1n << 39n) })
  })

  for (const [what, system, message, advice] of [
    ['a kernel without uprobes', { exists: () => false }, /no uprobes/, /CONFIG_UPROBE_EVENTS/],
    ['a container', { capabilities: 0xa80425fbn }, /no CAP_SYS_ADMIN|neither CAP_SYS_ADMIN/, /host/],
    ['another system', { platform: 'darwin' as const }, /Linux only/, /-- node app\.js/]
  ] as const) {
    it(`is told of ${what}`, () => {
      assert.throws(
        () => checkMayTrace(['node'], release, { ...linuxRoot, ...system }),
        (problem: Error & { advice: string[] }) => {
          assert.match(problem.message, message)
          assert.match(problem.advice.join('\n'), advice)
          return true
        }
      )
    })
  }

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
