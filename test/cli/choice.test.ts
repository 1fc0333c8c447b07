import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import restifyProbes from 'restify-probes'
import { CLI, run } from '../support/cli'
import { Shop } from '../support/shop'
import { tracing } from '../support/tracer'

const FIXTURES = path.join(__dirname, '..', 'fixtures')
const CARRIER = path.join(FIXTURES, 'carrier.js')
const UNLOADED = path.join(FIXTURES, 'unloaded.js')

const linux = { skip: process.platform !== 'linux' && 'processes are looked for on Linux only' }
const NOBODY = 65534

describe('the choice of processes', linux, () => {
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
    const bare = spawn(process.execPath, [UNLOADED], { cwd: folder })
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
    assert.match(stderr, /Its program is not Node: sleep 60/)
  })

  it('there are several, and none was chosen', async () => {
    const other = await Shop.start()
    const { code, stderr } = await run(['trace'])
    await other.stop()
    assert.equal(code, 1)
    assert.match(stderr, /processes carry the provider; choose one or more with -p, or all with --all:/)
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
    const other = spawn(process.execPath, [CARRIER, addon], { cwd: folder })
    await new Promise((resolve) => other.stdout.once('data', resolve))
    const { stderr } = await run(['top'])
    other.kill()
    rmSync(folder, { recursive: true })
    assert.match(stderr, new RegExp(`-p ${other.pid} .*, in ${folder}$`, 'm'))
    assert.match(stderr, new RegExp(`-p ${shop.pid} .*shop\\.js, in ${process.cwd()}$`, 'm'))
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
