import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { assertPaired } from './support/pairing'
import { byRequest, type Firing, idOf, summary } from './support/recorder'
import { REQUESTS, type Served } from './support/two-copies'

const ROOT = path.join(__dirname, '..', '..')

/** Runs one of the fixtures in a process of its own; it prints JSON. */
async function run<T>(fixture: string, ...args: string[]): Promise<T> {
  const file = path.join(__dirname, 'fixtures', fixture)
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file, ...args], {
    cwd: ROOT,
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024
  })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

describe('the package', () => {
  it('is, for require, the function itself, with its companions', async () => {
    assert.deepEqual(await run('api-by-require.js'), {
      is: 'function',
      name: 'restifyProbes',
      keys: ['requestId', 'route', 'status'],
      types: ['function', 'function', 'function'],
      status: 'string'
    })
  })

  it('is, for import, the same function as default and its companions by name', async () => {
    assert.deepEqual(await run('api-by-import.mjs'), {
      keys: ['default', 'requestId', 'route', 'status'],
      same: [true, true, true, true]
    })
  })

  it('gives its package.json, and nothing from inside', async () => {
    const { given } = await run<{ given: string[] }>('inside.js')
    assert.deepEqual(given, [
      'restify-probes',
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
      'ERR_PACKAGE_PATH_NOT_EXPORTED'
    ])
  })

  it('loads no tracing part before it is used', async () => {
    const { loaded } = await run<{ loaded: string[] }>('inside.js')
    assert.ok(loaded.includes(path.join(ROOT, 'dist', 'index.js')))
    assert.deepEqual(
      loaded.filter((file) => /\.node$|path-to-regexp/.test(file)),
      []
    )
  })
})

describe('two copies of the package', () => {
  let copy: string

  before(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'restify-probes-'))
    for (const part of ['dist', path.join('native', 'build'), 'package.json'])
      cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true })
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'))
  })
  after(() => rmSync(copy, { recursive: true }))

  function runWithCopies<T>(way: string): Promise<T> {
    return run('two-copies.js', way, ROOT, copy)
  }

  it('are one: a route that one names is traced by the other, once (rules 1 and 5)', async () => {
    const { same, bodies, fired, ids, addons } = await runWithCopies<
      Served & { same: boolean; ids: number[] }
    >('one')
    assert.equal(same, false)
    assert.deepEqual(bodies, ['x'])
    assert.deepEqual(summary(fired), [
      'route-start getx',
      'handler-start getx respond',
      'handler-done getx respond',
      'route-done getx 200'
    ])
    assertPaired(fired)
    assert.deepEqual(ids, Array(2).fill(idOf(fired[0] as Firing)))
    assert.equal(addons[0], addons[1])
  })

  it('trace a request once where both are used in an app, whichever comes first (rule 1)', async () => {
    const { fired, addons } = await runWithCopies<Served>('both')
    const requests = byRequest(fired)
    for (const request of requests) assertPaired(request)
    const matched = requests.find(([start]) => start?.args[4] === '/api/x') as Firing[]
    assert.deepEqual(summary(matched), [
      'route-start getx',
      'handler-start getx between',
      'handler-done getx between',
      'handler-start getx respond',
      'handler-done getx respond',
      'route-done getx 200'
    ])
    assert.equal(requests.length, 2)
    assert.ok(fired.every(({ args }) => args[0] === 'b'))
    assert.equal(addons[0], addons[1])
  })

  it('name a route that opts in by itself (rule 5)', async () => {
    const { fired } = await runWithCopies<Served>('opting in')
    const requests = byRequest(fired)
    for (const request of requests) assertPaired(request)
    assert.deepEqual(
      requests.map((request) => summary(request)[0]),
      ['route-start froma', 'route-start fromb']
    )
  })

  it('share ids in two apps of one thread (rule 2)', async () => {
    const { fired } = await runWithCopies<Served>('two apps')
    const requests = byRequest(fired)
    assert.equal(requests.length, 2 * REQUESTS)
    for (const request of requests) assertPaired(request)
  })

  it('are one for import and for require', async () => {
    const same = await runWithCopies<boolean[]>('import')
    assert.deepEqual(same, [true, true, true, true])
  })

  function assertOneProvider(threads: Served[]): void {
    for (const { fired } of threads) {
      const requests = byRequest(fired)
      assert.equal(requests.length, REQUESTS)
      for (const request of requests) assertPaired(request)
    }
    const ids = threads.flatMap(({ fired }) => byRequest(fired).map(([start]) => idOf(start as Firing)))
    const addons = new Set(threads.flatMap(({ addons }) => addons))
    const twice = ids.length - new Set(ids).size
    assert.deepEqual({ twice, addons: addons.size }, { twice: 0, addons: 1 })
  }

  it('share provider and ids where one is only in a thread that the other started (rule 2)', async () => {
    assertOneProvider(await runWithCopies('threads that the other started'))
  })

  it('share provider and ids where each is in a thread of its own (rule 2)', async () => {
    assertOneProvider(await runWithCopies('a thread each'))
  })

  it('share provider and ids where the thread was there first (rule 2)', async () => {
    assertOneProvider(await runWithCopies('the thread first'))
  })
})
