import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { request } from '../support/http'
import { App } from './support/app'
import { BUNDLERS, type Bundle, type Bundler } from './support/bundle'
import { install } from './support/install'
import { pack, temporaryFolder } from './support/pack'
import { trying, versionOf } from './support/tools'

describe('an app in one file', trying(), () => {
  let folder: string

  before(() => {
    folder = install([pack(), `express@${versionOf('express')}`]).folder
  })

  async function statusOf(bundle: Bundle, file = bundle.file) {
    const app = await App.start(file)
    const answer = await request(app.port, '/hello/mark')
    const status = await app.status()
    await app.stop()
    assert.deepEqual(JSON.parse(answer.body), { hello: 'mark' })
    return status
  }

  const installedAddon = () =>
    path.join(folder, 'node_modules/restify-probes/native/prebuilds/linux-x64/restify-probes.napi.node')

  for (const [name, bundle] of Object.entries(BUNDLERS)) {
    const out = (file: string) => path.join(folder, name, file)
    const entry = () => path.join(folder, 'hello.cjs')

    it(`${name}: finds the addon of the package that is installed beside it`, async () => {
      const made = await bundle(entry(), out('whole.cjs'))
      assert.deepEqual(
        made.warnings.filter((warning) =>
          /node_modules\/(restify-probes|node-gyp-build|path-to-regexp)\/|dtrace-provider/.test(warning)
        ),
        []
      )
      const { provider, addon } = await statusOf(made)
      assert.deepEqual({ provider, addon }, { provider: 'usdt', addon: installedAddon() })
    })

    it(`${name}: says how to keep it out where the package is not installed`, async () => {
      const made = await bundle(entry(), out('whole.cjs'))
      const elsewhere = path.join(temporaryFolder(), 'whole.cjs')
      cpSync(made.file, elsewhere)
      const { provider, message } = await statusOf(made, elsewhere)
      assert.equal(provider, 'none')
      assert.match(
        message,
        /could not be loaded: No native build was found .*bundler must leave restify-probes external/
      )
    })

    it(`${name}: has the addon where the package is kept out`, async () => {
      const made = await bundle(entry(), out('without.cjs'), ['restify-probes'])
      const { provider, addon } = await statusOf(made)
      assert.deepEqual({ provider, addon }, { provider: 'usdt', addon: installedAddon() })
    })
  }

  it('webpack: traces a minified app where Express is kept out', async () => {
    const bundle = BUNDLERS.webpack as Bundler
    const external = ['express', 'restify-probes']
    const { file } = await bundle(path.join(folder, 'hello.cjs'), path.join(folder, 'minified.cjs'), external)
    const app = await App.start(file)
    await app.ask('listen')
    await request(app.port, '/hello/mark')
    const heard = await app.ask<string[]>('heard')
    await app.stop()
    // The handlers' names are the minifier's.
    assert.deepEqual(
      heard.map((line) => line.split(' ').slice(0, 2).join(' ')),
      [
        'route-start getfoo',
        'handler-start getfoo',
        'handler-done getfoo',
        'handler-start getfoo',
        'handler-done getfoo',
        'route-done getfoo'
      ]
    )
  })

  it('esbuild, as an ES module: works without the addon, and says how to keep the package out', async () => {
    const esbuild = BUNDLERS.esbuild as Bundler
    const entry = path.join(folder, 'hello.mjs')
    const whole = await statusOf(await esbuild(entry, path.join(folder, 'esm', 'whole.mjs')))
    assert.equal(whole.provider, 'none')
    assert.match(whole.message, /bundler must leave restify-probes external/)
    const without = await esbuild(entry, path.join(folder, 'esm', 'without.mjs'), ['restify-probes'])
    assert.equal((await statusOf(without)).provider, 'usdt')
  })
})
