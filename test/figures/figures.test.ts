import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as CollectModule from '../../dist/figures/collect'
import type * as DistributionModule from '../../dist/figures/distribution'
import type * as FiguresModule from '../../dist/figures/figures'
import type * as GridModule from '../../dist/figures/grid'
import type * as RatesModule from '../../dist/figures/rates'
import type { FinishedHandler, FinishedRequest } from '../../dist/figures/request'
import type * as StatusModule from '../../dist/figures/status-code'
import { internal } from '../support/cli'

const { collect } = internal<typeof CollectModule>('../figures/collect')
const { Distribution } = internal<typeof DistributionModule>('../figures/distribution')
const { Figures, mergedHandlers } = internal<typeof FiguresModule>('../figures/figures')
const { boundNs, bucketOf, MICROSECONDS, MILLISECONDS, rowOf, ZERO } =
  internal<typeof GridModule>('../figures/grid')
const { ratesOf, sorted } = internal<typeof RatesModule>('../figures/rates')
const { isError } = internal<typeof StatusModule>('../figures/status-code')

const MS = 1e6

describe('buckets', () => {
  it("begin where the guide's rows do, at powers of two", () => {
    const rows = [0, 0.9, 1, 1.9, 2, 3, 4, 127.9, 128, 250, 256, 1000].map((ms) =>
      rowOf(MILLISECONDS, bucketOf(MILLISECONDS, ms * MS))
    )
    assert.deepEqual(rows, [0, 0, 1, 1, 2, 2, 4, 64, 128, 128, 256, 512])
  })

  it('hold the durations between their bounds, for nanoseconds to minutes', () => {
    for (const grid of [MILLISECONDS, MICROSECONDS]) {
      for (let ns = 1000; ns < 500e9; ns *= 1.07) {
        const bucket = bucketOf(grid, Math.floor(ns))
        const unit = grid.numerator / grid.denominator
        assert.ok(boundNs(grid, bucket) <= ns + 1, `${ns} is in ${bucket} of ${grid.label}`)
        assert.ok(boundNs(grid, bucket + 1) > ns - unit, `${ns} is in ${bucket} of ${grid.label}`)
      }
    }
  })

  it('have one for what is shorter than a unit', () => {
    assert.equal(bucketOf(MILLISECONDS, 0), ZERO)
    assert.equal(bucketOf(MILLISECONDS, 244), ZERO)
    assert.equal(bucketOf(MILLISECONDS, 245), 0)
  })
})

describe('quantiles', () => {
  it('lie within a bucket of the exact ones', () => {
    const values = Array.from({ length: 5000 }, (_, i) => 1e5 * 1.0015 ** i)
    const distribution = new Distribution(MILLISECONDS)
    for (const value of values) distribution.record(value)
    for (const part of [0.01, 0.5, 0.9, 0.99, 1]) {
      const exact = values[Math.ceil(part * values.length) - 1] as number
      const ratio = distribution.quantile(part) / exact
      assert.ok(ratio < Math.SQRT2 && ratio > Math.SQRT1_2, `${part}: ${ratio}`)
    }
  })

  it('never exceed the longest', () => {
    const distribution = new Distribution(MILLISECONDS)
    distribution.record(250 * MS)
    assert.equal(distribution.quantile(0.99), 250 * MS)
  })

  it('lie between the shortest and the longest', () => {
    const distribution = new Distribution(MILLISECONDS)
    for (let i = 0; i < 10; i++) distribution.record((250 + i / 10) * MS)
    const copy = new Distribution(MILLISECONDS)
    copy.merge(distribution.since(undefined))
    for (const part of [0, 0.5, 0.9, 0.99, 1]) {
      const quantile = copy.quantile(part)
      assert.ok(quantile >= 250 * MS && quantile <= 250.9 * MS, `${part}: ${quantile}`)
    }
  })

  it('are not raised by a shortest that came after what is counted', () => {
    const distribution = new Distribution(MILLISECONDS)
    distribution.add(bucketOf(MILLISECONDS, 5 * MS), 9)
    distribution.record(250 * MS)
    assert.ok(distribution.quantile(0.5) < 6 * MS, String(distribution.quantile(0.5)))
  })
})

function handlersOf(figures: FiguresModule.Figures, route?: string) {
  const routes = [...figures.routes].filter(([name]) => route === undefined || name === route)
  return routes.flatMap(([, { handlers }]) => [...handlers.values()])
}

function handlerOf(figures: FiguresModule.Figures, name: string, route?: string) {
  const found = mergedHandlers(handlersOf(figures, route)).filter((handler) => handler.name === name)
  assert.ok(found.length <= 1, `${found.length} handlers have the name ${name}`)
  return found[0]?.durations
}

describe('figures', () => {
  function figures(requests: number, handlers: Record<string, number>) {
    const all = new Figures(MILLISECONDS)
    for (let i = 0; i < requests; i++) {
      all.route('getfoo').requests.record(10 * MS)
      for (const [name, ms] of Object.entries(handlers)) all.handler('getfoo', name).durations.record(ms * MS)
    }
    return all
  }

  it('of a stretch of time are the difference of two states', () => {
    const later = figures(5, { slow: 8 }).since(figures(2, { slow: 8 }))
    assert.equal(later.requests(), 3)
    assert.equal(handlerOf(later, 'slow')?.count, 3)
    assert.equal(handlerOf(later, 'slow')?.sumNs, 24 * MS)
  })

  it('give rates, and the handler that takes most of the time', () => {
    const [rates] = ratesOf(figures(10, { quick: 1, slow: 8 }), 2)
    assert.equal(rates?.requestsPerSecond, 5)
    assert.deepEqual(rates?.slowest, { name: 'slow', share: 0.8 })
  })

  it('of a handler that several routes have are added up, or of one route', () => {
    const all = new Figures(MILLISECONDS)
    all.handler('geta', 'auth').durations.record(MS)
    all.handler('getb', 'auth').durations.record(3 * MS)
    assert.equal(handlerOf(all, 'auth')?.count, 2)
    assert.equal(handlerOf(all, 'auth', 'getb')?.maxNs, 3 * MS)
  })

  it('are sorted by what is asked for, largest first', () => {
    const all = figures(1, {})
    for (let i = 0; i < 3; i++) all.route('getbar').requests.record(MS)
    const order = (sort: RatesModule.Sort) => sorted(ratesOf(all, 1), sort).map(({ route }) => route)
    assert.deepEqual(order('time'), ['getfoo', 'getbar'])
    assert.deepEqual(order('requests'), ['getbar', 'getfoo'])
  })
})

describe('the figures of requests', () => {
  const handler = (name: string, ms: number, more: Partial<FinishedHandler> = {}): FinishedHandler => ({
    name,
    location: '',
    startNs: 0,
    durationNs: ms * MS,
    ...more
  })

  function request(more: Partial<FinishedRequest>): FinishedRequest {
    return {
      pid: 1,
      id: 1,
      method: 'GET',
      url: '/api/users/7',
      urlCut: false,
      route: 'getapiusersid',
      status: 200,
      startMs: 0,
      durationNs: 113 * MS,
      handlers: [],
      ...more
    }
  }

  function collected(...requests: FinishedRequest[]) {
    const figures = new Figures(MILLISECONDS)
    for (const each of requests) collect(figures, each)
    return figures
  }

  it('count errors: what the server failed at, and clients that left', () => {
    const statuses = [200, 304, 404, 443, 444, 445, 499, 500, 503]
    assert.deepEqual(statuses.filter(isError), [444, 500, 503])
    const figures = collected(...statuses.map((status) => request({ status })))
    assert.equal(figures.route('getapiusersid').errors, 3)
  })

  it('have all handlers of a request below its own route, and name the slowest', () => {
    const figures = collected(request({ handlers: [handler('requireAuth', 100), handler('showUser', 10)] }))
    assert.deepEqual([...figures.routes.keys()], ['getapiusersid'])
    assert.equal(handlerOf(figures, 'requireAuth', 'getapiusersid')?.count, 1)
    const [rates] = ratesOf(figures, 1)
    assert.deepEqual(rates?.slowest, { name: 'requireAuth', share: 100 / 113 })
  })

  it('tell handlers of one name apart by where they were written', () => {
    const figures = collected(
      request({ handlers: [handler('asyncWrap', 1, { location: 'a.ts:10' })] }),
      request({ handlers: [handler('asyncWrap', 2, { location: 'b.ts:7' })], route: 'getb' }),
      request({ handlers: [handler('asyncWrap', 3, { location: 'b.ts:7' })] })
    )
    const all = mergedHandlers(handlersOf(figures)).map(({ name, location, durations }) => [
      name,
      location,
      durations.count
    ])
    assert.deepEqual(all, [
      ['asyncWrap', 'a.ts:10', 1],
      ['asyncWrap', 'b.ts:7', 2]
    ])
    assert.equal(handlersOf(figures, 'getb').length, 1)
  })

  it('have the first runs of a handler, whose location is not known yet, with the others', () => {
    const first = handler('showUser', 1)
    const located = handler('showUser', 2, { location: 'a.ts:10' })
    const figures = collected(request({ handlers: [first] }), request({ handlers: [located] }))
    const all = () =>
      mergedHandlers(handlersOf(figures)).map(({ location, durations }) => [location, durations.count])
    assert.deepEqual(all(), [['a.ts:10', 2]])
    collect(figures, request({ handlers: [handler('showUser', 3, { location: 'b.ts:10' })] }))
    assert.deepEqual(all(), [
      ['', 1],
      ['a.ts:10', 1],
      ['b.ts:10', 1]
    ])
  })

  it('have the method and path of a route, unless several share its name', () => {
    const figures = collected(
      request({ routePath: '/api/users/:id' }),
      request({ routePath: '/api/users/:id' }),
      request({ route: 'shared', routePath: '/a' }),
      request({ route: 'shared', routePath: '/b', method: 'POST' }),
      request({ route: 'unknown' })
    )
    const told = (name: string) => [figures.route(name).method, figures.route(name).path]
    assert.deepEqual(told('getapiusersid'), ['GET', '/api/users/:id'])
    assert.deepEqual(told('shared'), ['', ''])
    assert.deepEqual(told('unknown'), ['GET', undefined])
  })

  it('say for how long handlers held the event loop, where that is known', () => {
    const figures = collected(
      request({ handlers: [handler('busy', 10, { busyNs: 4 * MS }), handler('unknown', 10)] })
    )
    const before = figures.since(new Figures(MILLISECONDS))
    collect(figures, request({ handlers: [handler('busy', 10, { busyNs: MS })] }))
    const busy = (of: FiguresModule.Figures, name: string) => of.handler('getapiusersid', name).busyNs
    assert.equal(busy(figures, 'busy'), 5 * MS)
    assert.equal(busy(figures.since(before), 'busy'), MS)
    assert.equal(busy(figures, 'unknown'), undefined)
    assert.equal(mergedHandlers(handlersOf(figures)).find(({ name }) => name === 'busy')?.busyNs, 5 * MS)
  })
})
