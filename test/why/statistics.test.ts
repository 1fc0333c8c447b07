import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as SpansModule from '../../dist/cli/why/spans'
import type * as SplitModule from '../../dist/cli/why/split'
import type * as StatisticsModule from '../../dist/cli/why/statistics'
import { internal } from '../support/cli'

const { Spans } = internal<typeof SpansModule>('why/spans')
const { split } = internal<typeof SplitModule>('why/split')
const { binomialTail, correlation, fisher, phi, quantile } =
  internal<typeof StatisticsModule>('why/statistics')

const CONTRAST = { least: 50, times: 4, count: 3 }

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= Math.abs(expected) * 1e-6, `${actual} is not ${expected}`)
}

describe('what why calculates with', () => {
  it("has Fisher's exact test", () => {
    // The lady who tasted tea: 3 of 4 cups right, and 4 of 4.
    near(fisher({ slowWith: 3, slowWithout: 1, quickWith: 1, quickWithout: 3 }), 17 / 70)
    near(fisher({ slowWith: 4, slowWithout: 0, quickWith: 0, quickWithout: 4 }), 1 / 70)
    near(fisher({ slowWith: 0, slowWithout: 4, quickWith: 4, quickWithout: 0 }), 1)
    assert.ok(fisher({ slowWith: 47, slowWithout: 3, quickWith: 3, quickWithout: 897 }) < 1e-50)
  })

  it('has the binomial test, the coefficient of four-fold tables and that of correlation', () => {
    near(binomialTail(2, 2, 0.5), 0.25)
    near(binomialTail(1, 3, 0.5), 0.875)
    assert.equal(binomialTail(0, 3, 0.5), 1)
    assert.equal(phi({ slowWith: 5, slowWithout: 0, quickWith: 0, quickWithout: 9 }), 1)
    assert.equal(phi({ slowWith: 5, slowWithout: 5, quickWith: 5, quickWithout: 5 }), 0)
    assert.equal(phi({ slowWith: 5, slowWithout: 0, quickWith: 5, quickWithout: 0 }), 0)
    near(correlation([1, 2, 3], [2, 4, 6]), 1)
    assert.equal(correlation([1, 1, 1], [2, 4, 6]), 0)
    assert.equal(quantile([], 0.5), 0)
    assert.equal(quantile([1, 2, 3, 4], 0.99), 4)
  })

  it('tells how much of a span others cover, though they overlap', () => {
    const spans = new Spans([
      { fromMs: 10, toMs: 20 },
      { fromMs: 15, toMs: 30 },
      { fromMs: 40, toMs: 50 }
    ])
    assert.equal(spans.totalMs, 30)
    assert.equal(spans.within(0, 100), 30)
    assert.equal(spans.within(12, 18), 6)
    assert.equal(spans.within(25, 45), 10)
    assert.equal(spans.within(31, 39), 0)
    assert.equal(spans.within(5, 1), 0)
    assert.equal(new Spans([]).within(0, 10), 0)
  })
})

describe('slow and quick ones', () => {
  it('are told apart where they differ much', () => {
    const quick = Array.from({ length: 95 }, (_, i) => 2 + i / 50)
    const slow = [390, 400, 410, 420, 430]
    assert.deepEqual(split([...quick, ...slow], CONTRAST), {
      fromMs: 390,
      slowMedianMs: 410,
      quickMedianMs: 2.94,
      slow: 5
    })
  })

  it('are told apart where few are slow, and the others differ among themselves', () => {
    const others = Array.from({ length: 990 }, (_, i) => (i % 2 === 0 ? 0.1 : 15))
    assert.equal(split([...others, ...Array(10).fill(300)], CONTRAST)?.slow, 10)
  })

  it('are the same where all are alike, differ little, or too few are slow', () => {
    const even = Array.from({ length: 100 }, (_, i) => 5 + i / 20)
    assert.equal(split([], CONTRAST), undefined)
    assert.equal(split(Array(50).fill(7), CONTRAST), undefined)
    assert.equal(split(even, CONTRAST), undefined)
    assert.equal(split([...even, 400, 500], CONTRAST), undefined)
    assert.equal(split([...even, ...Array(10).fill(40)], CONTRAST), undefined)
  })
})
