import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { allOf } from '../support/compulsory'
import { request } from '../support/http'
import { assertPaired } from '../support/pairing'
import { summary } from '../support/recorder'
import { parse, Tracer, tracing } from '../support/tracer'
import { App, FIRED } from './support/app'
import { BUNDLERS } from './support/bundle'
import { cleanEnvironment, install } from './support/install'
import { pack } from './support/pack'
import { tool, trying, versionOf } from './support/tools'

const NODES = ['node-20', 'node-22', 'node-24', 'node-26']

/** Programs that are no longer on PATH: npm could build nothing if it wanted to. */
const COMPILERS = ['cc', 'gcc', 'g++', 'make', 'python', 'python3']

const { skip } = allOf(trying(), tracing('bpftrace'))

let folder: string
const addon = () =>
  path.join(folder, 'node_modules/restify-probes/native/prebuilds/linux-x64/restify-probes.napi.node')

if (!skip) {
  before(async () => {
    for (const program of COMPILERS)
      await assert.rejects(promisify(execFile)(program, ['--version'], { env: cleanEnvironment() }), {
        code: 'ENOENT'
      })
    folder = install([pack(), `express@${versionOf('express')}`]).folder
    for (const [name, bundle] of Object.entries(BUNDLERS))
      await bundle(path.join(folder, 'hello.cjs'), path.join(folder, 'bundles', `${name}.cjs`))
  })
}

for (const name of NODES) {
  const node = tool(name, 'bin', 'node')
  const row = `node ${versionOf(name)} linux-x64, prebuilt addon`

  for (const [system, file] of [
    ['require', 'hello.cjs'],
    ['import', 'hello.mjs'],
    ['esbuild', 'bundles/esbuild.cjs'],
    ['webpack', 'bundles/webpack.cjs']
  ] as const) {
    describe(`${system}, traced, on ${row}`, { skip }, () => {
      it('shows bpftrace a whole request', async () => {
        const app = await App.start(path.join(folder, file), [node])
        assert.equal((await app.status()).addon, addon())
        const tracer = await Tracer.attach(undefined, app.pid, async () => (await app.status()).enabled)
        const answer = await request(app.port, '/hello/mark')
        const fired = parse(await tracer.detach())
        await app.stop()
        assert.deepEqual(JSON.parse(answer.body), { hello: 'mark' })
        assert.deepEqual(summary(fired), FIRED)
        assertPaired(fired)
        assert.ok(fired.every(({ args, pid }) => args[0] === 'helloworld' && pid === app.pid))
      })
    })
  }

  for (const [system, ...command] of [
    ['jest', tool('jest', 'bin', 'jest.js'), '--ci', '--rootDir', 'jest'],
    ['vitest', tool('vitest', 'vitest.mjs'), 'run', '--root', 'vitest']
  ] as const) {
    describe(`${system}, on ${row}`, { skip }, () => {
      it('passes the test of an app with probes', async () => {
        const env = { ...cleanEnvironment(), ADDON: addon(), NO_COLOR: '1' }
        const { stdout, stderr } = await promisify(execFile)(node, command, { cwd: folder, env })
        assert.match(stdout + stderr, /Tests:?\s+1 passed/)
      })
    })
  }
}
