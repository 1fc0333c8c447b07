import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as DistributionModule from '../../dist/figures/distribution'
import type * as FiguresModule from '../../dist/figures/figures'
import type * as GridModule from '../../dist/figures/grid'
import type * as RatesModule from '../../dist/figures/rates'
import { internal } from '../support/cli'

const { Distribution } = internal<typeof DistributionModule>('../figures/distribution')
const { Figures } = internal<typeof FiguresModule>('../figures/figures')
const { boundNs, bucketOf, MICROSECONDS, MILLISECONDS, rowOf, ZERO } =
  internal<typeof GridModule>('../figures/grid')
const { ratesOf, sorted } = internal<typeof RatesModule>('../figures/rates')

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

describe('figures', () => {
  function figures(requests: number, handlers: Record<string, number>) {
    const all = new Figures(MILLISECONDS)
    for (let i = 0; i < requests; i++) {
      all.route('getfoo').requests.record(10 * MS)
      for (const [name, ms] of Object.entries(handlers)) all.handler('getfoo', name).record(ms * MS)
    }
    return all
  }

  it('of a stretch of time are the difference of two states', () => {
    const later = figures(5, { slow: 8 }).since(figures(2, { slow: 8 }))
    assert.equal(later.requests(), 3)
    assert.equal(later.handlers().get('slow')?.count, 3)
    assert.equal(later.handlers().get('slow')?.sumNs, 24 * MS)
  })

  it('give rates, and the handler that takes most of the time', () => {
    const [rates] = ratesOf(figures(10, { quick: 1, slow: 8 }), 2)
    assert.equal(rates?.requestsPerSecond, 5)
    assert.deepEqual(rates?.slowest, { name: 'slow', share: 0.8 })
  })

  it('of a handler that several routes have are added up, or of one route', () => {
    const all = new Figures(MILLISECONDS)
    all.handler('geta', 'auth').record(MS)
    all.handler('getb', 'auth').record(3 * MS)
    assert.equal(all.handlers().get('auth')?.count, 2)
    assert.equal(all.handlers('getb').get('auth')?.maxNs, 3 * MS)
  })

  it('are sorted by what is asked for, largest first', () => {
    const all = figures(1, {})
    for (let i = 0; i < 3; i++) all.route('getbar').requests.record(MS)
    const order = (sort: RatesModule.Sort) => sorted(ratesOf(all, 1), sort).map(({ route }) => route)
    assert.deepEqual(order('time'), ['getfoo', 'getbar'])
    assert.deepEqual(order('requests'), ['getbar', 'getfoo'])
  })
})
