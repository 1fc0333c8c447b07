import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { pack, packing, ROOT, unpack } from './support/pack'

describe('the tarball', packing(), () => {
  let tarball: string
  let folder: string
  let files: string[]

  before(() => {
    tarball = pack()
    folder = unpack(tarball)
    files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .sort()
  })

  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8')

  it('has documents, examples and addons, the code in one file, types and sources of the API', () => {
    const sources = files.filter((file) => /^lib\/.*\.m?ts$/.test(file))
    for (const source of [
      'index.ts',
      'index.mts',
      'options.ts',
      'prometheus.ts',
      'opentelemetry.ts',
      'provider/channels.ts'
    ])
      assert.ok(sources.includes(`lib/${source}`), source)
    const types = sources.flatMap((source) => {
      const { dir, name, ext } = path.parse(source.replace('lib', 'dist'))
      const m = ext === '.mts' ? 'm' : ''
      return [`.d.${m}ts`, `.d.${m}ts.map`].map((kind) => path.join(dir, name + kind))
    })
    const others = files.filter((file) => !file.startsWith('lib/') && !file.startsWith('examples/'))
    const documents = readdirSync(path.join(ROOT, 'docs')).filter((file) => file.endsWith('.md'))
    assert.deepEqual(
      others,
      [
        'CHANGELOG.md',
        'CONTRIBUTING.md',
        'LICENSE',
        'README.md',
        'SECURITY.md',
        'dist/cli/helper.js',
        'dist/cli/injector.js',
        'dist/cli/main.js',
        'dist/cli/preload.js',
        'dist/cli/relay.js',
        'dist/index.js',
        'dist/index.mjs',
        'dist/inject.js',
        'dist/opentelemetry.js',
        'dist/opentelemetry.mjs',
        'dist/prometheus.js',
        'dist/prometheus.mjs',
        'dist/provider/probes.js',
        ...types,
        ...documents.map((file) => `docs/${file}`),
        ...['addon.c', 'probes.c', 'probes.h', 'usdt.h'].map((file) => `native/${file}`),
        'native/prebuilds/linux-arm64/restify-probes.napi.node',
        'native/prebuilds/linux-x64/restify-probes.napi.node',
        'package.json',
        'scripts/prebuild.mjs',
        'scripts/verify-prebuilds.mjs'
      ].sort()
    )
    for (const example of ['helloworld.bt', 'helloworld.d', 'helloworld-linux.d', 'helloworld.ts'])
      assert.ok(files.includes(`examples/${example}`), example)
  })

  it('has no install script, nor anything of which npm would make one', () => {
    const { scripts, gypfile } = JSON.parse(read('package.json'))
    assert.deepEqual(
      Object.keys(scripts).filter((script) => /^(pre|post)?install$|^prepare$/.test(script)),
      []
    )
    assert.equal(gypfile, false)
    assert.deepEqual(
      files.filter((file) => file.endsWith('.gyp')),
      []
    )
  })

  it('has every file that its package.json and its README name', () => {
    const { main, types, exports } = JSON.parse(read('package.json'))
    const named = [main, types, ...JSON.stringify(exports).matchAll(/"(\.\/[^"]+\.[^"]+)"/g)].map((file) =>
      Array.isArray(file) ? file[1] : file
    )
    const linked = [...read('README.md').matchAll(/\]\(((?!\w+:|#)[^)#]+)/g)].map(([, file]) => file)
    assert.ok(named.length > 5 && linked.length > 1)
    for (const file of [...named, ...linked]) assert.ok(existsSync(path.join(folder, file)), file)
  })

  it('takes "go to definition" to the sources', () => {
    const maps = files.filter((file) => file.endsWith('.map'))
    for (const map of maps) {
      const { sources, sourceRoot } = JSON.parse(read(map))
      assert.equal(sourceRoot, '')
      for (const source of sources) assert.ok(files.includes(path.join(path.dirname(map), source)), source)
    }
    assert.match(definition('dist/index.d.ts', 'route(name'), /^export function route\(name: string\)/)
    assert.match(definition('dist/options.d.ts', 'redact?:'), /^redact\?: readonly string\[\]$/)
  })

  /** The source's line on which an editor lands. */
  function definition(declarations: string, text: string): string {
    const lines = read(declarations).split('\n')
    const line = lines.findIndex((each) => each.includes(text))
    const map = new SourceMap(JSON.parse(read(`${declarations}.map`)))
    const entry = map.findEntry(line, (lines[line] ?? '').indexOf(text))
    assert.ok('originalSource' in entry, text)
    const source = path.join(path.dirname(declarations), entry.originalSource)
    return (read(source).split('\n')[entry.originalLine] ?? '').trim()
  }

  it('is the same, byte for byte, packed again in another folder', () => {
    const again = pack()
    assert.notEqual(again, tarball)
    assert.ok(readFileSync(tarball).equals(readFileSync(again)))
  })
})
