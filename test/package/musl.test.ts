import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { allOf } from '../support/compulsory'
import { summary } from '../support/recorder'
import { parse, type SeenFiring, Tracer, tracing } from '../support/tracer'
import { ARM64_LOADER, buildHost, FIRED, Host } from './support/host'
import { pack, packing, unpack } from './support/pack'
import { Debugger, emulating, MUSL } from './support/qemu'

const onX64 = allOf(packing('musl-gcc'), tracing('bpftrace'))
const onArm64 = allOf(packing(), emulating(ARM64_LOADER))

function unpackedAddon(arch: string): string {
  return path.join(unpack(pack()), `native/prebuilds/linux-${arch}/restify-probes.napi.node`)
}

function assertFired(fired: SeenFiring[]): void {
  assert.deepEqual(summary(fired), FIRED)
  assert.deepEqual(fired[0]?.args.slice(3, 6), ['GET', '/hello/mark', '{"host":"musl"}'])
}

describe('a C program, traced, on musl x64 with a stand-in for Node, prebuilt addon', onX64, () => {
  it('shows bpftrace the probes of the addon that musl has loaded', async () => {
    const host = new Host([buildHost('x64'), unpackedAddon('x64')])
    assert.deepEqual(await host.enabled(), [])
    const maps = readFileSync(`/proc/${host.pid}/maps`, 'utf8')
    assert.match(maps, /restify-probes\.napi\.node$/m)
    assert.match(maps, /musl.*\.so/)
    assert.doesNotMatch(maps, /libc\.so\.6/)

    const tracer = await Tracer.attach(undefined, host.pid, () => host.enabled())
    await host.fire()
    assertFired(parse(await tracer.detach()))
    assert.deepEqual(await host.enabled(), [])
    await host.stop()
  })
})

describe(
  'a C program, fired, on musl arm64 in qemu-user with a stand-in for Node, prebuilt addon',
  onArm64,
  () => {
    it('shows gdb the probes of the addon that musl has loaded', async () => {
      const [program, addon] = [buildHost('arm64'), unpackedAddon('arm64')]
      const gdb = new Debugger(MUSL)
      const host = new Host([...gdb.command(program), addon])
      const watching = gdb.watch(program, addon)
      assert.equal((await host.enabled()).length, 4)
      await host.fire()
      await host.stop()
      assertFired(parse(await watching))
    })
  }
)
