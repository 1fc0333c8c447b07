import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as FiguresModule from '../../dist/figures/figures'
import type * as GridModule from '../../dist/figures/grid'
import type * as HistoryModule from '../../dist/figures/history'
import { internal } from '../support/cli'

const { addBusy, Figures } = internal<typeof FiguresModule>('../figures/figures')
const { MILLISECONDS } = internal<typeof GridModule>('../figures/grid')
const { History } = internal<typeof HistoryModule>('../figures/history')

const MS = 1e6

/** A second of requests: of each route, how many, and how long each took. */
function second(routes: Record<string, { count: number; ms: number; errors?: number }>) {
  const figures = new Figures(MILLISECONDS)
  for (const [name, { count, ms, errors = 0 }] of Object.entries(routes)) {
    const route = figures.route(name)
    route.errors = errors
    for (let i = 0; i < count; i++) {
      route.requests.record(ms * MS)
      const handler = figures.handler(name, 'handle', 'app.js:1')
      handler.durations.record((ms / 2) * MS)
      addBusy(handler, (ms / 4) * MS)
    }
  }
  return figures
}

function ratesOf(history: HistoryModule.History, name: string): HistoryModule.RouteRates {
  return history.minute.route(name)?.rates as HistoryModule.RouteRates
}

describe('the last minute', () => {
  it('has the quantiles of as many of the latest seconds as had enough requests', () => {
    const history = new History(MILLISECONDS)
    for (let i = 0; i < 5; i++)
      history.add(second({ busy: { count: 500, ms: 100 }, quiet: { count: 4, ms: 100 } }), 1)
    for (let i = 0; i < 25; i++)
      history.add(second({ busy: { count: 500, ms: 10 }, quiet: { count: 4, ms: 10 } }), 1)
    const busy = ratesOf(history, 'busy')
    assert.deepEqual([busy.overSeconds, busy.overRequests], [1, 500])
    assert.ok(busy.p99Ns < 20 * MS, `${busy.p99Ns}`)
    const quiet = ratesOf(history, 'quiet')
    assert.deepEqual([quiet.overSeconds, quiet.overRequests], [25, 100])
    assert.equal(quiet.maxNs, 10 * MS)
    history.add(second({ quiet: { count: 1, ms: 300 } }), 1)
    // The latest second is always among them.
    assert.equal(ratesOf(history, 'quiet').maxNs, 300 * MS)
  })

  it('has those of the whole minute where there are few requests, and forgets what is older', () => {
    const history = new History(MILLISECONDS)
    history.add(second({ rare: { count: 1, ms: 5000 } }), 1)
    for (let i = 0; i < 59; i++)
      history.add(second({ rare: { count: i % 2, ms: 10 }, other: { count: 1, ms: 1 } }), 1)
    const rare = ratesOf(history, 'rare')
    assert.deepEqual([rare.overSeconds, rare.overRequests], [60, 30])
    assert.equal(rare.maxNs, 5000 * MS)
    for (let i = 0; i < 2; i++) history.add(second({ other: { count: 1, ms: 1 } }), 1)
    assert.equal(ratesOf(history, 'rare').maxNs, 10 * MS)
    for (let i = 0; i < 60; i++) history.add(second({ other: { count: 1, ms: 1 } }), 1)
    assert.equal(history.minute.route('rare'), undefined)
    assert.deepEqual(
      history.minute.routes.map(({ route }) => route),
      ['other']
    )
  })

  it('counts requests and errors a second in the last ten, and shares of their time', () => {
    const history = new History(MILLISECONDS)
    history.add(second({ a: { count: 1000, ms: 1 } }), 1)
    for (let i = 0; i < 10; i++)
      history.add(second({ a: { count: 30, ms: 10, errors: 3 }, b: { count: 10, ms: 90 } }), 1)
    const [a, b] = [ratesOf(history, 'a'), ratesOf(history, 'b')]
    assert.deepEqual([a.requestsPerSecond, a.errorsPerSecond, b.requestsPerSecond], [30, 3, 10])
    assert.equal(a.timeShare, 0.25)
    assert.equal(b.timeShare, 0.75)
    assert.equal(a.slowest?.share, 0.5)
  })

  it('counts by the time that passed where a process could tell nothing for a while', () => {
    const history = new History(MILLISECONDS)
    history.add(second({ a: { count: 10, ms: 1 } }), 1)
    history.add(second({ a: { count: 40, ms: 1 } }), 4)
    assert.equal(ratesOf(history, 'a').requestsPerSecond, 10)
    assert.deepEqual(ratesOf(history, 'a').perSecond, [10, 10])
  })

  it('tells of each second of a route, and of its handlers in the same time as its quantiles', () => {
    const history = new History(MILLISECONDS)
    for (const count of [0, 2, 0, 5]) history.add(second({ a: { count, ms: 8 }, b: { count: 1, ms: 1 } }), 1)
    const { rates, figures, p99PerSecond } = history.minute.route('a') as HistoryModule.RouteMinute
    assert.deepEqual(rates.perSecond, [0, 2, 0, 5])
    assert.deepEqual(
      p99PerSecond.map((ns) => ns > 0),
      [false, true, false, true]
    )
    const [handler] = figures.handlers.values()
    assert.deepEqual([handler?.durations.count, handler?.busyNs], [7, 7 * 2 * MS])
  })

  it('does not change once it was taken', () => {
    const history = new History(MILLISECONDS)
    history.add(second({ a: { count: 1, ms: 1 } }), 1)
    const { minute } = history
    history.add(second({ a: { count: 1, ms: 1 }, b: { count: 1, ms: 1 } }), 1)
    assert.equal(minute.routes.length, 1)
    assert.equal(minute.route('a')?.rates.overRequests, 1)
  })
})
