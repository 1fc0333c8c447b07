import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Command, objects } from '../support/cli'
import { assertQuantile } from '../support/measured-quantile'
import { ROUTES, Shop } from '../support/shop'
import { tracing } from '../support/tracer'

const REQUESTS = 100_000
const CONNECTIONS = 100

interface Figures {
  type: 'route' | 'handler' | 'process'
  name: string
  count: number
  p50Ns: number
  p90Ns: number
  p99Ns: number
}

function figuresIn(stdout: string): Map<string, Figures> {
  const figures = objects<Figures>(stdout).filter(({ type }) => type !== 'process')
  return new Map(figures.map((each) => [`${each.type} ${each.name}`, each]))
}

describe('latency by the socket and by the kernel, in the same run', tracing('bpftrace'), () => {
  it('count the same, which is exact, and agree on how long it took', async () => {
    const shop = await Shop.start()
    try {
      await shop.load(1000)
      const measuredBefore = await shop.measured()
      const commands = ['kernel', 'process'].map(
        (via) => new Command(['latency', '--via', via, '-p', String(shop.pid), '--json'])
      )
      for (const command of commands) await command.printed(/measuring process/)
      await shop.load(REQUESTS, CONNECTIONS)
      const measured = await shop.measured()
      const [byKernel, byProcess] = await Promise.all(
        commands.map(async (command) => figuresIn((await command.end('SIGINT')).stdout))
      )
      assert.equal(byProcess?.size, 7 * ROUTES)
      assert.deepEqual([...(byKernel?.keys() ?? [])].sort(), [...(byProcess?.keys() ?? [])].sort())
      for (const [key, { count, name, type, ...quantiles }] of byProcess ?? []) {
        assert.equal(count, REQUESTS / ROUTES, key)
        assert.equal(byKernel?.get(key)?.count, count, key)
        if (type !== 'route') continue
        const own = (measured[name] ?? []).slice(measuredBefore[name]?.length ?? 0)
        for (const part of ['p50', 'p90', 'p99'] as const) {
          const rank = Number(part.slice(1)) / 100
          assertQuantile(quantiles[`${part}Ns`], rank, own, `${key} by process`)
          assertQuantile(byKernel?.get(key)?.[`${part}Ns`] as number, rank, own, `${key} by kernel`)
        }
      }
    } finally {
      await shop.stop()
    }
  })
})
