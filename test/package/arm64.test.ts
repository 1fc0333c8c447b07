import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { allOf } from '../support/compulsory'
import { request } from '../support/http'
import { assertPaired } from '../support/pairing'
import { summary } from '../support/recorder'
import { parse } from '../support/tracer'
import { App, FIRED } from './support/app'
import { install } from './support/install'
import { pack } from './support/pack'
import { Debugger, emulating, GLIBC } from './support/qemu'
import { tool, trying, versionOf } from './support/tools'

const { skip } = allOf(trying(), emulating(`${GLIBC}/lib/libstdc++.so.6`))

const node = tool('node-arm64', 'bin', 'node')

describe(`require, fired, on node ${versionOf('node-arm64')} linux-arm64 in qemu-user, prebuilt addon`, {
  skip
}, () => {
  it('shows gdb a whole request, as an emulator has no uprobes', async () => {
    const { folder } = install([pack(), `express@${versionOf('express')}`])
    const addon = path.join(
      folder,
      'node_modules/restify-probes/native/prebuilds/linux-arm64/restify-probes.napi.node'
    )
    const gdb = new Debugger(GLIBC)
    const starting = App.start(path.join(folder, 'hello.cjs'), gdb.command(node))
    const watching = gdb.watch(node, addon)
    const app = await starting
    const status = await app.status()
    const answer = await request(app.port, '/hello/mark')
    await app.stop()
    const fired = parse(await watching)

    assert.equal(status.addon, addon)
    assert.deepEqual(status.enabled, ['route-start', 'handler-start', 'handler-done', 'route-done'])
    assert.deepEqual(JSON.parse(answer.body), { hello: 'mark' })
    assert.deepEqual(summary(fired), FIRED)
    assertPaired(fired)
    const [start, , , , , done] = fired.map(({ args }) => args)
    assert.deepEqual(start?.slice(3, 5), ['GET', '/hello/mark'])
    assert.equal(JSON.parse(String(start?.[5])).host, `127.0.0.1:${app.port}`)
    assert.equal(JSON.parse(String(done?.[4]))['content-length'], String(answer.body.length))
  })
})
