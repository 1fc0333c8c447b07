import assert from 'node:assert/strict'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { request } from '../support/http'
import { App } from './support/app'
import { install } from './support/install'
import { pack } from './support/pack'
import { tool, trying, versionOf } from './support/tools'

const PLATFORMS: [platform: string, arch: string, message: RegExp][] = [
  ['win32', 'x64', /^no tracer of win32 can read probes; the channels of node:diagnostics_channel work$/],
  ['darwin', 'x64', /^the package dtrace-provider is not installed\. .*: npm install dtrace-provider$/],
  [
    'darwin',
    'arm64',
    /^the package dtrace-provider has no probes for darwin-arm64: its libusdt is for x86 only\./
  ],
  ['freebsd', 'x64', /^the package dtrace-provider is not installed\./],
  ['sunos', 'x64', /^the package dtrace-provider is not installed\./],
  ['linux', 'riscv64', /^the native addon for linux-riscv64 could not be loaded: No native build was found /]
]

const HEARD = [
  'route-start getfoo',
  'handler-start getfoo first',
  'handler-done getfoo first',
  'handler-start getfoo respond',
  'handler-done getfoo respond',
  'route-done getfoo'
]

const { skip } = trying()
let folder: string
if (!skip) {
  before(() => {
    folder = install([pack(), `express@${versionOf('express')}`]).folder
  })
}

for (const [platform, arch, message] of PLATFORMS) {
  const row = `node ${versionOf('node-22')} told that it is ${platform}-${arch}, no addon`

  for (const [system, file] of [
    ['require', 'hello.cjs'],
    ['import', 'hello.mjs']
  ] as const) {
    describe(`${system}, channels only, on ${row}`, { skip }, () => {
      it('serves, says why there are no probes, and has the channels', async () => {
        const node = [tool('node-22', 'bin', 'node'), '--require', path.join(folder, 'as-platform.cjs')]
        const app = await App.start(path.join(folder, file), node, { AS_PLATFORM: platform, AS_ARCH: arch })
        await app.ask('listen')
        const answer = await request(app.port, '/hello/mark')
        const [status, heard] = [await app.status(), await app.ask('heard')]
        await app.stop()
        assert.deepEqual(JSON.parse(answer.body), { hello: 'mark' })
        assert.equal(status.provider, 'none')
        assert.equal(status.addon, undefined)
        assert.match(status.message, message)
        assert.deepEqual(heard, HEARD)
      })
    })
  }
}
