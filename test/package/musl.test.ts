import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { nodeHeaders } from '../support/headers'
import { summary } from '../support/recorder'
import { parse, Tracer, tracing } from '../support/tracer'
import { pack, packing, ROOT, temporaryFolder, unpack } from './support/pack'

const { skip } = packing('musl-gcc', 'readelf').skip ? packing('musl-gcc', 'readelf') : tracing('bpftrace')

const PROBES = ['route-start', 'handler-start', 'handler-done', 'route-done']

describe('a C program, traced, on musl x64 with a stand-in for Node, prebuilt addon', { skip }, () => {
  let host: ChildProcessWithoutNullStreams

  before(() => {
    const program = path.join(temporaryFolder(), 'host')
    const source = path.join(ROOT, 'test', 'package', 'musl', 'host.c')
    // -idirafter: the C library's own headers go before those of a system's Node.
    const headers = ['-idirafter', nodeHeaders()]
    execFileSync('musl-gcc', ['-std=c11', '-Wall', '-Werror', '-rdynamic', ...headers, '-o', program, source])
    host = spawn(program, [path.join(unpack(pack()), 'native/prebuilds/linux-x64/restify-probes.napi.node')])
  })
  after(() => host.kill())

  async function ask(question: string): Promise<string> {
    host.stdin.write(`${question}\n`)
    const [answer] = await once(host.stdout.setEncoding('utf8'), 'data')
    return answer.trim()
  }

  async function enabled(): Promise<string[]> {
    const mask = Number(await ask('enabled'))
    return PROBES.filter((_, index) => (mask & (1 << index)) !== 0)
  }

  it('shows bpftrace the probes of the addon that musl has loaded', async () => {
    assert.deepEqual(await enabled(), [])
    const maps = readFileSync(`/proc/${host.pid}/maps`, 'utf8')
    assert.match(maps, /restify-probes\.napi\.node$/m)
    assert.match(maps, /musl.*\.so/)
    assert.doesNotMatch(maps, /libc\.so\.6/)

    const tracer = await Tracer.attach(undefined, host.pid, enabled)
    assert.equal(await ask('fire'), 'fired')
    const fired = parse(await tracer.detach())
    assert.deepEqual(summary(fired), [
      'route-start getfoo',
      'handler-start getfoo respond',
      'handler-done getfoo respond',
      'route-done getfoo 200'
    ])
    assert.deepEqual(fired[0]?.args.slice(3), ['GET', '/hello/mark', '{"host":"musl"}'])
    assert.deepEqual(await enabled(), [])
  })
})
