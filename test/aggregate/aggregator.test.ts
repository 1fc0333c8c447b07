import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as AggregatorModule from '../../dist/aggregate/aggregator'
import type * as BucketsModule from '../../dist/aggregate/buckets'
import type * as GridModule from '../../dist/figures/grid'
import type * as NamesModule from '../../dist/provider/names'
import type { HandlerRecord, RequestRecord } from '../../dist/provider/record'
import { internal } from '../support/cli'

const { Aggregator, OTHER_HANDLERS, OTHER_METHOD, OTHER_ROUTES, OTHER_STATUS } =
  internal<typeof AggregatorModule>('../aggregate/aggregator')
const { BucketIndex } = internal<typeof BucketsModule>('../aggregate/buckets')
const { BUCKETS, boundNs, MILLISECONDS, MICROSECONDS, SECONDS } =
  internal<typeof GridModule>('../figures/grid')
const { NameTable } = internal<typeof NamesModule>('../provider/names')

const names = new NameTable()
const headers = { json: () => '{}', object: () => ({}) }

type Run = Partial<{ name: string; location: string; source: object; duration: number; busy: number }>

/** The source of functions of which a test does not tell. */
const SOMEBODY = {}

function request({
  route = 'getusers',
  path = '/users',
  method = 'GET',
  status = 200,
  duration = 1,
  runs = [] as Run[]
} = {}): RequestRecord {
  const firstHandler = runs.reduceRight<HandlerRecord | null>((nextHandler, run) => {
    const { name = 'handler-0', location = '', source = SOMEBODY, duration: took = 1, busy = 0 } = run
    return {
      handler: names.of(name),
      named: true,
      location,
      source,
      startedAt: 0,
      duration: took,
      busy,
      nextHandler,
      firstCall: null
    }
  }, null)
  return {
    id: 1,
    server: names.of('express'),
    route: names.of(route),
    routePath: path,
    method,
    url: path,
    client: '',
    requestHeaders: headers,
    responseHeaders: headers,
    statusCode: status,
    startedAt: 0,
    duration,
    firstHandler,
    callsLeftOut: 0
  }
}

/** Gives every row as a line, for comparison. */
function rowsOf(aggregator: InstanceType<typeof Aggregator>): string[] {
  return [...aggregator.routes()].flatMap((route) => [
    ...route.statuses.map(({ status, tally }) =>
      [route.method, route.path, route.name, status, tally.count].join(' ')
    ),
    ...[...route.handlers()].map(({ name, location, tally }) =>
      [route.name, name, location || '-', tally.count].join(' ')
    )
  ])
}

describe('the aggregator', () => {
  it('adds requests up by route, method, path and status, and handlers by the route that names the request', () => {
    const aggregator = new Aggregator(MILLISECONDS)
    const runs = [{ name: 'log', duration: 2, busy: 0.5 }, { name: 'show' }]
    aggregator.requestDone(request({ duration: 4, runs }))
    aggregator.requestDone(request({ duration: 6, runs: [...runs, { name: 'log', duration: 1, busy: 1 }] }))
    aggregator.requestDone(request({ status: 500, runs: [{ name: 'fail' }] }))
    aggregator.requestDone(request({ method: 'HEAD' }))
    aggregator.requestDone(request({ route: 'unmatched', path: '', status: 404, runs }))
    assert.deepEqual(rowsOf(aggregator), [
      'GET /users getusers 200 2',
      'GET /users getusers 500 1',
      'getusers log - 3',
      'getusers show - 2',
      'getusers fail - 1',
      'HEAD /users getusers 200 1',
      'GET  unmatched 404 1',
      'unmatched log - 1',
      'unmatched show - 1'
    ])
    const [users] = aggregator.routes()
    const tally = users?.statuses[0]?.tally
    assert.deepEqual([tally?.sum, tally?.min, tally?.max, tally?.busy], [10, 4, 6, 2])
    const [log] = users?.handlers() ?? []
    assert.deepEqual([log?.tally.sum, log?.tally.min, log?.tally.max, log?.tally.busy], [5, 1, 2, 2])
  })

  it('tells functions of one name apart by where they were written, which may become known later', () => {
    const aggregator = new Aggregator(MILLISECONDS)
    const run = (location: string) => request({ runs: [{ name: 'handler-0', location }] })
    aggregator.requestDone(run(''))
    aggregator.requestDone(run(''))
    for (const location of ['a.ts:1', 'b.ts:1', 'a.ts:1']) aggregator.requestDone(run(location))
    assert.deepEqual(rowsOf(aggregator).slice(1), [
      'getusers handler-0 a.ts:1 4',
      'getusers handler-0 b.ts:1 1'
    ])
  })

  it('leaves what is never located apart from what is, though it has the same name', () => {
    const aggregator = new Aggregator(MILLISECONDS)
    const native = { name: 'bound run', source: {} }
    const written = { name: 'bound run', source: {}, location: 'a.ts:1' }
    for (const run of [native, native, written, native]) aggregator.requestDone(request({ runs: [run] }))
    assert.deepEqual(rowsOf(aggregator).slice(1), ['getusers bound run - 3', 'getusers bound run a.ts:1 1'])
  })

  it('keeps what it has room for apart, and adds the rest to rows that say so', () => {
    const aggregator = new Aggregator(MILLISECONDS, { routes: 2, statuses: 2, handlers: 3 })
    for (let i = 0; i < 10; i++) {
      const runs = [{ name: `a${i}` }, { name: `b${i}` }]
      aggregator.requestDone(request({ route: `r${i}`, path: `/${i}`, runs }))
    }
    for (let i = 0; i < 10; i++) aggregator.requestDone(request({ route: 'r0', path: '/0', status: 200 + i }))
    for (let i = 0; i < 10; i++) aggregator.requestDone(request({ route: 'r0', path: '/0', method: `M${i}` }))
    assert.deepEqual(rowsOf(aggregator), [
      'GET /0 r0 200 2',
      'GET /0 r0 201 1',
      `GET /0 r0 ${OTHER_STATUS} 8`,
      'r0 a0 - 1',
      'r0 b0 - 1',
      'GET /1 r1 200 1',
      'r1 a1 - 1',
      `r1 ${OTHER_HANDLERS} - 1`,
      `${OTHER_METHOD}  ${OTHER_ROUTES} 200 18`,
      `${OTHER_ROUTES} ${OTHER_HANDLERS} - 16`
    ])
  })

  it('hands over what came since the last time, and nothing twice', () => {
    const aggregator = new Aggregator(MILLISECONDS)
    const taken = () => {
      const lines: string[] = []
      aggregator.takeChanges(({ statuses, handlers }) => {
        for (const { route, status, tally } of statuses)
          lines.push(`${route.name} ${status} ${tally.count} ${tally.min}`)
        for (const { name, tally } of handlers) lines.push(`${name} ${tally.count} ${tally.max}`)
      })
      return lines
    }
    assert.deepEqual(taken(), [])
    aggregator.requestDone(request({ duration: 3, runs: [{ name: 'a', duration: 2 }] }))
    aggregator.requestDone(request({ route: 'other', duration: 5 }))
    assert.deepEqual(taken(), ['getusers 200 1 3', 'other 200 1 5', 'a 1 2'])
    assert.deepEqual(taken(), [])
    aggregator.requestDone(request({ duration: 4, runs: [{ name: 'a', duration: 1 }] }))
    assert.deepEqual(taken(), ['getusers 200 1 4', 'a 1 1'])
  })
})

describe('the place of a duration in the histogram', () => {
  for (const grid of [SECONDS, MILLISECONDS, MICROSECONDS]) {
    it(`is the bucket in which it lies, on the grid of ${grid.label}`, () => {
      const index = new BucketIndex(grid)
      for (let exponent = -12; exponent < 18; exponent += 0.0173) {
        const milliseconds = 2 ** exponent
        const bucket = index.of(milliseconds) - 1
        const ns = milliseconds * 1e6
        assert.ok(boundNs(grid, bucket) <= ns * (1 + 1e-12), `${ns} ns: ${bucket}`)
        assert.ok(bucket === BUCKETS - 2 || ns < boundNs(grid, bucket + 1), `${ns} ns: ${bucket}`)
      }
    })
  }

  it('is the first for what is no duration, and the last for what is too long', () => {
    const index = new BucketIndex(MILLISECONDS)
    for (const odd of [0, -1, Number.NaN]) assert.equal(index.of(odd), 0)
    for (const long of [1e12, Number.POSITIVE_INFINITY]) assert.equal(index.of(long), BUCKETS - 1)
  })

  it('has a power of two of a second as every second bound, on the grid of s', () => {
    for (let i = 0; i < 20; i++) assert.equal(boundNs(SECONDS, 40 + 2 * i), 2 ** i * 1e9)
  })
})
