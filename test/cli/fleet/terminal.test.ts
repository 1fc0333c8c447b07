import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { allOf, missing, skipFor } from '../../support/compulsory'
import { historyOf, type Traffic } from '../../support/fleet-history'
import { Prometheus, withPrometheus } from '../../support/prometheus'
import { Terminal } from '../../support/terminal'

/** Ten routes, of which the first has most requests, and the last takes longest and fails. */
const TRAFFIC: Traffic[] = Array.from({ length: 10 }, (_, index) => ({
  instance: `shop-${index % 3}:8080`,
  route: `/route-${index}`,
  status: index === 9 ? 503 : 200,
  perSecond: 20 - index,
  durations: [0.004 * 1.8 ** index],
  handlers: [{ name: `handler${index}`, share: 0.9, busyShare: 0.5 }]
}))

describe('top --prometheus on a terminal', allOf(withPrometheus(), skipFor(missing(['tmux']))), () => {
  let prometheus: Prometheus

  before(async () => {
    prometheus = await Prometheus.start({ history: historyOf(TRAFFIC, Date.now()) })
  })
  after(() => prometheus.end())

  async function watching(
    size: { width: number; height: number; env?: Record<string, string> },
    use: (terminal: Terminal) => Promise<void>
  ): Promise<void> {
    const terminal = new Terminal(['top', '--prometheus', prometheus.url, '--interval', '120'], size)
    try {
      await terminal.shows(/^GET \/route-9 /m)
      await use(terminal)
    } finally {
      terminal.close()
    }
  }

  const routesIn = (lines: string[]) => lines.flatMap((line) => /^GET \/route-(\d)/.exec(line)?.[1] ?? [])

  for (const [width, height] of [
    [80, 24],
    [120, 40],
    [200, 50]
  ] as const)
    it(`fills ${width}×${height}`, () =>
      watching({ width, height }, async (terminal) => {
        const lines = terminal.lines()
        assert.equal(routesIn(lines)[0], '9')
        assert.equal(routesIn(lines).length, 10)
        assert.match(lines[2] ?? '', /^ROUTE .* P99 .* INSTANCE/)
        assert.match(lines.at(-1) ?? '', /^q quit {2}space pause/)
        assert.ok(terminal.isAlternate)
      }))

  it('sorts by keys and arrows, pauses, and leaves the table behind when it quits', () =>
    watching({ width: 120, height: 30 }, async (terminal) => {
      terminal.press('r')
      assert.equal(routesIn(await terminal.shows(/REQ\/S▾/))[0], '0')
      terminal.press('Right', 'Right')
      assert.equal(routesIn(await terminal.shows(/TIME%▾/))[0], '9')
      terminal.press('Space')
      await terminal.shows(/^\[paused\] restify-probes top: /m)
      terminal.press('q')
      const lines = await terminal.shows(/^status 0$/m)
      assert.ok(!terminal.isAlternate)
      assert.equal(routesIn(lines).length, 10)
    }))

  it('has colour for errors and headings, and none with NO_COLOR', async () => {
    await watching({ width: 120, height: 30 }, async (terminal) => {
      assert.match(terminal.coloured(), /\p{Cc}\[(?:\d+;)*31m +\d/u)
    })
    await watching({ width: 120, height: 30, env: { NO_COLOR: '1' } }, async (terminal) => {
      assert.doesNotMatch(terminal.coloured(), /\p{Cc}\[[\d;]*m/u)
    })
  })
})
