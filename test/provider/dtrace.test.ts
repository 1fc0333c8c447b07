import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { HeaderSource } from '../../dist/provider/backend'
import type { DTraceModule, DTraceProvider } from '../../dist/provider/dtrace'
import { assertPaired } from '../support/pairing'
import type { Firing } from '../support/recorder'

// This is not part of the package's API, so it is asked for by file.
const { DTraceBackend, isBuilt } =
  require('../../../dist/provider/dtrace.js') as typeof import('../../dist/provider/dtrace')
const { Name } = require('../../../dist/provider/names.js') as typeof import('../../dist/provider/names')
const { MessageHeaders } =
  require('../../../dist/trace/headers.js') as typeof import('../../dist/trace/headers')
const { Redaction } =
  require('../../../dist/redaction/redaction.js') as typeof import('../../dist/redaction/redaction')
const { HANDLER_DONE, HANDLER_START, probeNames, ROUTE_DONE, ROUTE_START } =
  require('../../../dist/provider/probes.js') as typeof import('../../dist/provider/probes')

/**
 * The types as restify 4.3.4 declares them, in its lib/dtrace.js, with ours behind them: route path,
 * location, busy.
 */
const DECLARED = {
  'route-start': ['char *', 'char *', 'int', 'char *', 'char *', 'json', 'char *'],
  'handler-start': ['char *', 'char *', 'char *', 'int', 'char *'],
  'handler-done': ['char *', 'char *', 'char *', 'int', 'char *', 'int'],
  'route-done': ['char *', 'char *', 'int', 'int', 'json', 'char *']
}

const FITS: Record<string, (value: unknown) => boolean> = {
  'char *': (value) => typeof value === 'string',
  int: (value) => Object.is((value as number) | 0, value),
  json: (value) => Object.prototype.toString.call(value) === '[object Object]'
}

/**
 * Stands in for dtrace-provider where it is built: calls back only for a probe
 * that is enabled, fires only what it is given as an array, and checks types.
 */
class StandIn implements DTraceModule {
  readonly DTraceProvider = class DTraceProvider {}
  readonly calls: unknown[][] = []
  readonly fired: { probe: string; args: unknown[] }[] = []
  readonly enabled = new Set<string>()
  /** The failures inside `fire`; the native code ends the process where the callback throws. */
  readonly faults: string[] = []

  createDTraceProvider(...args: unknown[]): DTraceProvider {
    this.calls.push(['createDTraceProvider', ...args])
    return {
      addProbe: (name, ...types) => {
        this.calls.push(['addProbe', name, ...types])
        return { fire: (args) => this.#fire(name, types, args) }
      },
      enable: (...args: unknown[]) => void this.calls.push(['enable', ...args])
    }
  }

  #fire(probe: string, types: string[], compute: () => unknown[] | undefined): void {
    if (!this.enabled.has(probe)) return
    let args: unknown[] | undefined
    try {
      args = compute()
    } catch (error) {
      this.faults.push(`${probe}: ${error}`)
    }
    if (!Array.isArray(args)) return
    if (args.length !== types.length) this.faults.push(`${probe}: ${args.length} arguments`)
    for (const [index, type] of types.entries())
      if (!FITS[type]?.(args[index])) this.faults.push(`${probe}: argument ${index} is no ${type}`)
    this.fired.push({ probe, args })
  }
}

/** Headers that count how often they are asked for. */
class CountedHeaders implements HeaderSource {
  texts = 0
  objects = 0

  json(): string {
    this.texts++
    return '{"a":"b"}'
  }

  object(): Record<string, unknown> {
    this.objects++
    return { a: 'b' }
  }
}

const server = new Name('helloworld', -1)
const route = new Name('getfoo', -1)
const handler = new Name('slowHandler', -1)
const location = new Name('lib/slow.js:7', -1)
const routePath = new Name('/foo', -1)

function fireAll(backend: InstanceType<typeof DTraceBackend>, headers: HeaderSource, id = 7): void {
  backend.routeStart(server, route, id, 'GET', '/foo?a=b', headers, routePath)
  backend.handlerStart(server, route, handler, id, location)
  backend.handlerDone(server, route, handler, id, location, 1500)
  backend.routeDone(server, route, id, 200, headers, routePath)
}

describe('DTraceBackend on a stand-in for dtrace-provider', () => {
  it('declares one provider and its probes as restify 4.3.4 does, then enables it', () => {
    const module = new StandIn()
    new DTraceBackend(module)
    assert.deepEqual(module.calls, [
      ['createDTraceProvider', 'restify'],
      ...Object.entries(DECLARED).map(([name, types]) => ['addProbe', name, ...types]),
      ['enable']
    ])
  })

  it("fires each probe with the contract's arguments, in its order and of its types", () => {
    const module = new StandIn()
    const backend = new DTraceBackend(module)
    for (const probe of Object.keys(DECLARED)) module.enabled.add(probe)
    fireAll(backend, new CountedHeaders(), 2 ** 31 - 1)
    const max = 2 ** 31 - 1
    assert.deepEqual(module.fired, [
      { probe: 'route-start', args: ['helloworld', 'getfoo', max, 'GET', '/foo?a=b', { a: 'b' }, '/foo'] },
      { probe: 'handler-start', args: ['helloworld', 'getfoo', 'slowHandler', max, 'lib/slow.js:7'] },
      { probe: 'handler-done', args: ['helloworld', 'getfoo', 'slowHandler', max, 'lib/slow.js:7', 1500] },
      { probe: 'route-done', args: ['helloworld', 'getfoo', max, 200, { a: 'b' }, '/foo'] }
    ])
    assert.deepEqual(module.faults, [])
  })

  it('computes no argument unless the probe is enabled, and then inside its callback', () => {
    const module = new StandIn()
    const backend = new DTraceBackend(module)
    const headers = new CountedHeaders()
    fireAll(backend, headers)
    backend.enabled()
    assert.deepEqual([headers.objects, headers.texts], [0, 0])
    module.enabled.add('handler-start')
    fireAll(backend, headers)
    assert.deepEqual([headers.objects, headers.texts], [0, 0])
    module.enabled.add('route-start')
    fireAll(backend, headers)
    // The package makes the text itself, of an object.
    assert.deepEqual([headers.objects, headers.texts], [1, 0])
    assert.deepEqual(
      module.fired.map(({ probe }) => probe),
      ['handler-start', 'route-start', 'handler-start']
    )
  })

  it('does not compute arguments that the package never asks for', () => {
    const headers = new CountedHeaders()
    const callbacks: unknown[] = []
    const module = {
      DTraceProvider: class {},
      createDTraceProvider: () => ({
        addProbe: () => ({ fire: (...args: unknown[]) => void callbacks.push(...args) }),
        enable() {}
      })
    }
    fireAll(new DTraceBackend(module), headers)
    assert.deepEqual(
      callbacks.map((callback) => typeof callback),
      Array(4).fill('function')
    )
    assert.deepEqual([headers.objects, headers.texts], [0, 0])
  })

  it('tells for each probe whether it is enabled, and asks without firing', () => {
    const module = new StandIn()
    const backend = new DTraceBackend(module)
    assert.equal(backend.enabled(), 0)
    assert.equal(backend.active(), false)
    const bits = {
      'route-start': ROUTE_START,
      'handler-start': HANDLER_START,
      'handler-done': HANDLER_DONE,
      'route-done': ROUTE_DONE
    }
    for (const [probe, bit] of Object.entries(bits)) {
      module.enabled.add(probe)
      assert.equal(backend.enabled(), bit)
      assert.deepEqual(probeNames(backend.enabled()), [probe])
      assert.equal(backend.active(), true)
      module.enabled.delete(probe)
      assert.equal(backend.active(), false)
    }
    for (const probe of Object.keys(bits)) module.enabled.add(probe)
    assert.equal(backend.enabled(), ROUTE_START | HANDLER_START | HANDLER_DONE | ROUTE_DONE)
    assert.deepEqual(module.fired, [])
    assert.deepEqual(module.faults, [])
  })

  it('gives json an object whatever the headers do, and throws in no callback (rules 11 and 12)', () => {
    const fail = (): never => {
      throw new Error('hostile')
    }
    const hostile: (() => object)[] = [
      fail,
      () => null as never,
      () => [] as never,
      () => ({ toJSON: fail }),
      () => ({ toJSON: () => 'text' }),
      () => ({ a: 5n, b: 'kept' }),
      () => ({ a: { toString: fail, toJSON: fail }, b: 'kept' }),
      () => Object.create(null)
    ]
    const module = new StandIn()
    const backend = new DTraceBackend(module)
    module.enabled.add('route-start').add('route-done')
    for (const read of hostile) fireAll(backend, new MessageHeaders(read, new Redaction(['x'])))
    assert.deepEqual(module.faults, [])
    assert.equal(module.fired.length, 2 * hostile.length)
  })

  it('keeps to itself what fire throws (rule 12)', () => {
    let fires = 0
    const backend = new DTraceBackend({
      DTraceProvider: class {},
      createDTraceProvider: () => ({
        addProbe: () => ({
          fire() {
            fires++
            throw new Error('no memory')
          }
        }),
        enable() {}
      })
    })
    fireAll(backend, new CountedHeaders())
    assert.equal(fires, 4)
    assert.equal(backend.enabled(), 0)
    assert.equal(backend.active(), false)
  })
})

describe('DTraceBackend on the real dtrace-provider', () => {
  const real = require('dtrace-provider') as DTraceModule

  it('adds the four probes by its API, and fires them', () => {
    let provider: object | undefined
    const backend = new DTraceBackend({
      DTraceProvider: real.DTraceProvider,
      createDTraceProvider(name) {
        const made = real.createDTraceProvider(name)
        provider = made
        return made
      }
    })
    // Both its stub and its native part keep each probe under its name.
    for (const probe of Object.keys(DECLARED)) assert.ok(Object.hasOwn(provider ?? {}, probe), probe)
    assert.equal(backend.enabled(), 0)
    assert.equal(backend.active(), false)
    const headers = new CountedHeaders()
    fireAll(backend, headers)
    assert.deepEqual([headers.objects, headers.texts], [0, 0])
  })

  it('knows the stub, which it is on Linux', { skip: process.platform !== 'linux' }, () => {
    assert.equal(isBuilt(real), false)
    assert.equal(isBuilt(new StandIn()), true)
  })
})

describe('the package on a system with DTrace', () => {
  it('traces by dtrace-provider while a probe is enabled (rules 1 and 3)', async () => {
    const fixture = path.join(__dirname, '..', 'fixtures', 'dtrace-system.js')
    const { stdout } = await promisify(execFile)(process.execPath, [fixture], { timeout: 20_000 })
    const { before, during, fired } = JSON.parse(stdout) as {
      before: number
      during: { provider: string; message: string; enabled: string[] }
      fired: Firing[]
    }
    assert.equal(before, 0)
    assert.equal(during.provider, 'dtrace')
    assert.match(during.message, /^DTrace probes of provider "restify\d+" are in this process$/)
    assert.deepEqual(during.enabled, Object.keys(DECLARED))
    assertPaired(fired)
    const id = fired[0]?.args[2]
    const [start, done] = [fired.shift(), fired.pop()] as [Firing, Firing]
    const restifys = fired.map(({ probe, args }) => ({ probe, args: args.slice(0, 4) }))
    assert.deepEqual(restifys, [
      { probe: 'handler-start', args: ['helloworld', 'getfoo', 'first', id] },
      { probe: 'handler-done', args: ['helloworld', 'getfoo', 'first', id] },
      { probe: 'handler-start', args: ['helloworld', 'getfoo', 'respond', id] },
      { probe: 'handler-done', args: ['helloworld', 'getfoo', 'respond', id] }
    ])
    assert.deepEqual(start.args.slice(0, 5), ['helloworld', 'getfoo', id, 'GET', '/hello/mark'])
    assert.equal(headersOf(start.args[5])['x-key'], '[redacted]')
    assert.deepEqual([start.args[6], done.args[5]], ['/hello/:name', '/hello/:name'])
    assert.deepEqual(done.args.slice(0, 4), ['helloworld', 'getfoo', id, 200])
    assert.equal(headersOf(done.args[4])['content-length'], '2')
  })
})

/** The headers as an object, which `json` arguments are. */
function headersOf(argument: unknown): Record<string, string> {
  return argument as Record<string, string>
}
