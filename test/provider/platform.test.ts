import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { inspect, promisify } from 'node:util'
import type { DTraceModule } from '../../dist/provider/dtrace'
import type { Host, Platform } from '../../dist/provider/platform'
import type { ProviderStatus } from '../../dist/provider/provider'
import type { NativeAddon } from '../../dist/provider/usdt'
import { PROBES } from '../support/recorder'

// This is not part of the package's API, so it is asked for by file.
const { choosePlatform } =
  require('../../../dist/provider/platform.js') as typeof import('../../dist/provider/platform')

const CHANNELS_WORK = /node:diagnostics_channel work/

/** A system on which nothing of ours is installed. */
function system(parts: Partial<Host>): Host {
  return {
    platform: 'linux',
    arch: 'x64',
    loadAddon: () => raise(new Error('no addon in this test')),
    loadDTraceProvider: () => raise(notFound('dtrace-provider')),
    ...parts
  }
}

function raise(error: unknown): never {
  throw error
}

/** The error as Node's `require` throws it. */
function notFound(name: string): Error {
  const message = `Cannot find module '${name}'\nRequire stack:\n- /app/node_modules/dtrace-provider/index.js`
  return Object.assign(new Error(message), { code: 'MODULE_NOT_FOUND' })
}

/** An addon in which the first `reserved` blocks of ids are taken. */
function addon(parts: Partial<NativeAddon> = {}): NativeAddon {
  let blocks = 0
  let names = 0
  return {
    frame: new ArrayBuffer(36),
    semaphores: new ArrayBuffer(8),
    intern: () => names++,
    scratch() {},
    reserveIds: () => 256 * blocks++,
    enabled: () => 0,
    routeStart() {},
    handlerStart() {},
    handlerDone() {},
    routeDone() {},
    ...parts
  }
}

function dtraceModule(DTraceProvider: { name: string }): DTraceModule {
  return {
    DTraceProvider,
    createDTraceProvider: () => ({ addProbe: () => ({ fire() {} }), enable() {} })
  }
}

/** Asserts that there are ids and names, and probes that can be fired, whatever the platform. */
function assertUsable({ backend, names, nextId }: Platform): void {
  const name = names.of('a')
  assert.equal(name.text, 'a')
  assert.equal(names.of('a'), name)
  const headers = { json: () => '{}', object: () => ({}) }
  backend.routeStart(name, name, 1, 'GET', '/', headers, name)
  backend.handlerStart(name, name, name, 1, name)
  backend.handlerDone(name, name, name, 1, name, 5)
  backend.routeDone(name, name, 1, 200, headers, name)
  assert.equal(backend.active(), false)
  assert.equal(backend.enabled(), 0)
  const [first, second] = [nextId(), nextId()]
  assert.ok(Number.isInteger(first) && first > 0)
  assert.equal(second, first + 1)
}

function assertNone(platform: Platform, ...messages: RegExp[]): void {
  assert.equal(platform.kind, 'none')
  assert.equal(platform.addon, undefined)
  assert.match(platform.message, /^\S.*$/)
  for (const message of messages) assert.match(platform.message, message)
  assertUsable(platform)
}

describe('the platform linux', () => {
  it('has USDT probes where the addon loads, and says from which file', () => {
    const platform = choosePlatform(
      system({ loadAddon: () => ({ addon: addon(), file: '/somewhere/restify_probes.node' }) })
    )
    assert.equal(platform.kind, 'usdt')
    assert.equal(platform.addon, '/somewhere/restify_probes.node')
    assert.equal(
      platform.message,
      'USDT probes of provider "restify" are in this process, from /somewhere/restify_probes.node'
    )
    assertUsable(platform)
  })

  it('reads semaphores in memory where that can be shared, and by a call where not', () => {
    const semaphores = new ArrayBuffer(8)
    let called = 0
    const enabled = () => {
      called++
      return 8
    }
    const shared = choosePlatform(
      system({ loadAddon: () => ({ addon: addon({ semaphores, enabled }), file: 'f' }) })
    )
    assert.equal(shared.backend.active(), false)
    // This is how the kernel counts a second tracer.
    new Uint16Array(semaphores)[1] = 2
    assert.equal(shared.backend.active(), true)
    assert.equal(shared.backend.enabled(), 2)
    assert.equal(called, 0)

    const { semaphores: _none, ...unshared } = addon({ enabled })
    const byCall = choosePlatform(system({ loadAddon: () => ({ addon: unshared, file: 'f' }) }))
    assert.equal(byCall.kind, 'usdt')
    assert.equal(byCall.backend.active(), true)
    assert.equal(byCall.backend.enabled(), 8)
    assert.equal(called, 2)
  })

  const failing: [title: string, error: Error, message: RegExp][] = [
    [
      'is missing',
      new Error(
        'No native build was found for platform=linux arch=riscv64\n    loaded from: /app/node_modules\n'
      ),
      /No native build was found for platform=linux arch=riscv64 loaded from: \/app\/node_modules\. /
    ],
    [
      'can not be loaded',
      Object.assign(new Error('/x.node: cannot open shared object file'), { code: 'ERR_DLOPEN_FAILED' }),
      /cannot open shared object file\. /
    ],
    [
      'is of another package',
      new Error('the addon that was found is of another package or release'),
      /is of another package or release\. /
    ],
    ['has no loader', notFound('node-gyp-build'), /Cannot find module 'node-gyp-build'/]
  ]
  for (const [title, error, message] of failing) {
    it(`has none where the addon ${title}: says why, and what to do`, () => {
      assertNone(
        choosePlatform(system({ arch: 'riscv64', loadAddon: () => raise(error) })),
        /^the native addon for linux-riscv64 could not be loaded: /,
        message,
        /Prebuilt are linux-x64 and linux-arm64; /,
        /a bundler must leave restify-probes external; /,
        /in a checkout, build the addon with: npm run build:addon$/
      )
    })
  }

  it('has none where the addon can not be used: says why', () => {
    // The frame does not have a whole number of slots.
    const unfit = addon({ frame: new ArrayBuffer(3) })
    assertNone(
      choosePlatform(system({ loadAddon: () => ({ addon: unfit, file: 'f' }) })),
      /^the probes could not be set up: \S/
    )
  })
})

describe('a platform without tracers that we know', () => {
  for (const platform of ['win32', 'aix', 'android'] as NodeJS.Platform[]) {
    it(`has none, of which ${platform} is told`, () => {
      assertNone(
        choosePlatform(system({ platform })),
        new RegExp(`^no tracer of ${platform} can read probes; `),
        CHANNELS_WORK
      )
    })
  }
})

for (const platform of ['darwin', 'sunos', 'freebsd'] as const) {
  describe(`the platform ${platform}`, () => {
    it('has DTrace probes where dtrace-provider is built', () => {
      const chosen = choosePlatform(
        system({ platform, loadDTraceProvider: () => dtraceModule(class DTraceProvider {}) })
      )
      assert.equal(chosen.kind, 'dtrace')
      assert.equal(chosen.addon, undefined)
      assert.equal(chosen.message, `DTrace probes of provider "restify${process.pid}" are in this process`)
      assertUsable(chosen)
    })

    it('has none where dtrace-provider is not installed: says what to type', () => {
      assertNone(choosePlatform(system({ platform })), /not installed\. .*: npm install dtrace-provider$/)
    })

    it('has none where dtrace-provider was never built: says what to type', () => {
      assertNone(
        choosePlatform(
          system({ platform, loadDTraceProvider: () => dtraceModule(class DTraceProviderStub {}) })
        ),
        /is installed but its native part was never built/,
        /npm rebuild dtrace-provider --foreground-scripts/,
        CHANNELS_WORK
      )
    })

    it('has none on arm64, installed or not: says that libusdt is for x86', () => {
      const message =
        /^the package dtrace-provider has no probes for \w+-arm64: its libusdt is for x86 only\. /
      const loadDTraceProvider = () => dtraceModule(class DTraceProviderStub {})
      assertNone(choosePlatform(system({ platform, arch: 'arm64' })), message, CHANNELS_WORK)
      assertNone(
        choosePlatform(system({ platform, arch: 'arm64', loadDTraceProvider })),
        message,
        CHANNELS_WORK
      )
    })

    it('has probes on arm64 where a dtrace-provider has been built for it', () => {
      const loadDTraceProvider = () => dtraceModule(class DTraceProvider {})
      const { kind } = choosePlatform(system({ platform, arch: 'arm64', loadDTraceProvider }))
      assert.equal(kind, 'dtrace')
    })

    it('has none where dtrace-provider can not be loaded: says why', () => {
      const lacking = () => raise(notFound('nan'))
      assertNone(
        choosePlatform(system({ platform, loadDTraceProvider: lacking })),
        /^the package dtrace-provider could not be loaded: Cannot find module 'nan' /
      )
    })

    it('has none where dtrace-provider can not make a provider: says why', () => {
      const useless = {
        DTraceProvider: class DTraceProvider {},
        createDTraceProvider: () => raise(new Error('out of probes'))
      }
      assertNone(
        choosePlatform(system({ platform, loadDTraceProvider: () => useless })),
        /^the probes could not be set up: out of probes\.$/
      )
    })
  })
}

it('the real dtrace-provider is a stub on Linux, which is told where there is DTrace', {
  skip: process.platform !== 'linux'
}, () => {
  assertNone(
    choosePlatform(system({ platform: 'darwin', loadDTraceProvider: () => require('dtrace-provider') })),
    /was never built/
  )
})

describe('choosePlatform() never throws', () => {
  const odd: [title: string, thrown: unknown][] = [
    ['null', null],
    ['undefined', undefined],
    ['a string', 'text'],
    ['a number', 5],
    ['a symbol', Symbol('x')],
    ['an object without a prototype', Object.create(null)],
    ['a code without a message', { code: 'MODULE_NOT_FOUND' }]
  ]
  for (const [title, thrown] of odd) {
    it(`where the addon throws ${title}: says what could not be loaded`, () => {
      assertNone(
        choosePlatform(system({ loadAddon: () => raise(thrown) })),
        /^the native addon for linux-x64 could not be loaded: .*npm run build:addon$/
      )
    })

    it(`where dtrace-provider throws ${title}: says what could not be loaded`, () => {
      assertNone(
        choosePlatform(system({ platform: 'darwin', loadDTraceProvider: () => raise(thrown) })),
        /^the package dtrace-provider could not be loaded: /
      )
    })
  }

  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const unprintable: [title: string, thrown: unknown][] = [
    ['an error whose message is no string', Object.assign(new Error('x'), { message: null })],
    [
      'an error whose message throws',
      Object.defineProperty(new Error('x'), 'message', { get: () => raise(new Error('hostile')) })
    ],
    ['what throws when it is printed', { [inspect.custom]: () => raise(new Error('hostile')) }],
    ['a revoked proxy', revoked.proxy]
  ]
  for (const [title, thrown] of [...odd, ...unprintable]) {
    it(`wherever ${title} is thrown`, () => {
      const module = { ...dtraceModule(class DTraceProvider {}), createDTraceProvider: () => raise(thrown) }
      assertNone(choosePlatform(system({ loadAddon: () => raise(thrown) })))
      assertNone(choosePlatform(system({ platform: 'darwin', loadDTraceProvider: () => raise(thrown) })))
      assertNone(choosePlatform(system({ platform: 'darwin', loadDTraceProvider: () => module })))
    })
  }

  for (const module of [null, undefined, {}, 5, { DTraceProvider: null }]) {
    it(`where dtrace-provider is ${inspect(module)}`, () => {
      assertNone(choosePlatform(system({ platform: 'darwin', loadDTraceProvider: () => module as never })))
    })
  }
})

describe('a program whose addon can not be loaded', { skip: process.platform !== 'linux' }, () => {
  const [program, preload] = ['one-request.js', 'broken-addon.js'].map((file) =>
    path.join(__dirname, '..', 'fixtures', file)
  ) as [string, string]

  async function run(broken: string): Promise<{ body: string; fired: unknown[][]; status: ProviderStatus }> {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--require', preload, program], {
      env: { ...process.env, BROKEN: broken },
      timeout: 20_000
    })
    assert.equal(stderr, '')
    return JSON.parse(stdout)
  }

  const ways: [way: string, message: RegExp][] = [
    ['throws', /could not be loaded: wrong ELF class of it\. /],
    ['throws null', /could not be loaded: null\. /],
    [
      'is of another package',
      /could not be loaded: the addon that was found is of another package or release\. /
    ],
    ['exports nothing', /could not be loaded: /],
    [
      'is for no platform here',
      /the native addon for linux-riscv64 could not be loaded: No native build was found /
    ]
  ]
  for (const [way, message] of ways) {
    it(`still works, its channels too, where the addon ${way}; status() says why`, async () => {
      const { body, fired, status } = await run(way)
      assert.equal(body, 'answer')
      const id = fired[0]?.[2]
      assert.ok(Number.isInteger(id) && (id as number) > 0)
      assert.deepEqual(
        fired,
        PROBES.map((probe) => [probe, 'getx', id])
      )
      assert.equal(status.provider, 'none')
      assert.equal(status.addon, undefined)
      assert.match(status.message, message)
      assert.match(status.message, /npm run build:addon$/)
      assert.deepEqual(status.enabled, [...PROBES])
    })
  }
})
