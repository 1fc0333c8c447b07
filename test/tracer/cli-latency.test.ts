import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { detached, listed } from '../support/carriers'
import { Command, objects, run } from '../support/cli'
import { request } from '../support/http'
import { assertQuantile } from '../support/measured-quantile'
import { loadPort, ROUTES, routeName, Shop } from '../support/shop'
import { tracing, withBpftrace } from '../support/tracer'

const REQUESTS = 10_000
const UNIT_NS = 1e6 / 4096

interface Figures {
  type: 'route' | 'handler'
  name: string
  count: number
  p50Ns: number
  p90Ns: number
  p99Ns: number
  minNs: number
  maxNs: number
  buckets: { fromNs: number; toNs: number; count: number }[]
}

describe(withBpftrace('latency'), tracing('bpftrace'), () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.start()
    await shop.load(500)
  })
  after(() => shop.stop())

  it('counts every request and handler, and agrees with the app on how long they took', async () => {
    const measuredBefore = await shop.measured()
    const command = new Command(['latency', '--via', 'kernel', '-p', String(shop.pid), '--json'])
    await command.printed(/measuring process/)
    assert.equal((await listed(shop.pid))?.attached, true)
    await shop.load(REQUESTS, 100)
    const { stdout, stderr, code } = await command.end('SIGINT')
    assert.equal(code, 0, stderr)
    const figures = objects<Figures>(stdout)
    const routes = figures.filter(({ type }) => type === 'route')
    const handlers = figures.filter(({ type }) => type === 'handler')
    assert.equal(routes.length, ROUTES)
    assert.equal(handlers.length, 6 * ROUTES)
    for (const { name, count } of [...routes, ...handlers]) assert.equal(count, REQUESTS / ROUTES, name)
    const measured = await shop.measured()
    for (const { name, p50Ns, p99Ns, minNs, maxNs, buckets } of figures) {
      assert.ok(minNs <= p50Ns && p50Ns <= p99Ns && p99Ns <= maxNs, name)
      const [first] = buckets
      // Durations are counted in whole units; long ones in units that are coarser, by less than a hundredth.
      assert.ok(first !== undefined && minNs >= first.fromNs && minNs <= first.toNs * 1.01 + UNIT_NS, name)
    }
    for (const { name, p50Ns, p90Ns, p99Ns } of routes) {
      const own = (measured[name] ?? []).slice(measuredBefore[name]?.length ?? 0)
      assertQuantile(p50Ns, 0.5, own, name)
      assertQuantile(p90Ns, 0.9, own, name)
      assertQuantile(p99Ns, 0.99, own, name)
    }
    for (const { buckets, count } of figures)
      assert.equal(
        buckets.reduce((sum, bucket) => sum + bucket.count, 0),
        count
      )
    await detached(shop.pid)
  })

  it('shows one route, by its name, and its handlers', async () => {
    const command = new Command([
      'latency',
      '--via',
      'kernel',
      '-p',
      String(shop.pid),
      '--route',
      routeName(9),
      '--unit',
      'us'
    ])
    await command.printed(/measuring process/)
    await shop.load(100)
    const { stdout } = await command.end('SIGINT')
    const names = [...stdout.matchAll(/^(\S+ ?\S+)\nµs +-+ Distribution -+ count$/gm)].map(([, name]) => name)
    assert.equal(names.length, 7)
    assert.deepEqual([names[0], names.at(-1)], ['GET /r9/:id', 'r9respond'])
    // 27 ms, in rows of microseconds.
    assert.match(stdout, /^16384 +\|@+ +\d+$/m)
    assert.match(stdout, /^route: count 10 {2}p50 [\d.]+ ms/m)
  })

  it('sees no difference for two instances at once, which attach and leave by themselves', async () => {
    const first = new Command(['latency', '--via', 'kernel', '-p', String(shop.pid), '--json', '--routes'])
    await first.printed(/measuring process/)
    const second = new Command(['latency', '--via', 'kernel', '-p', String(shop.pid), '--json', '--routes'])
    await second.printed(/measuring process/)
    await shop.load(200)
    await shop.load(200)
    const { stdout } = await first.end('SIGINT')
    assert.equal((await listed(shop.pid))?.attached, true)
    for (const { count } of objects<Figures>(stdout)) assert.equal(count, 40)
    await shop.load(50)
    await second.end('SIGINT')
    await detached(shop.pid)
  })

  it('counts a handler that runs inside another of its name, by its own duration', async () => {
    const command = new Command(['latency', '--via', 'kernel', '-p', String(shop.pid), '--json'])
    await command.printed(/measuring process/)
    await Promise.all(Array.from({ length: 20 }, (_, i) => request(shop.port, `/nested/${i}`)))
    await shop.measured()
    const { stdout } = await command.end('SIGINT')
    const again = objects<Figures>(stdout).filter(({ name }) => name === 'again')
    const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0)
    assert.equal(sum(again.map(({ count }) => count)), 60)
    // The outer one's 20 ms, the first inner one's 20 ms, and what answers at once.
    assert.equal(
      sum(
        again
          .flatMap(({ buckets }) => buckets)
          .filter(({ toNs }) => toNs > 20e6)
          .map(({ count }) => count)
      ),
      40
    )
  })

  it('says so if there was no room for what it counts', async () => {
    const room = { BPFTRACE_MAP_KEYS_MAX: '16', BPFTRACE_MAX_MAP_KEYS: '16' }
    const command = new Command(['latency', '--via', 'kernel', '-p', String(shop.pid), '--routes'], {
      env: { ...process.env, ...room }
    })
    await command.printed(/measuring process/)
    await shop.load(100)
    const { stderr } = await command.end('SIGINT')
    assert.match(stderr, /not everything was counted: .* Set BPFTRACE_MA\w+ above 16/)
  })

  it('ends by itself after --duration, and says so if it saw nothing', async () => {
    const { code, stdout, stderr } = await run([
      'latency',
      '--via',
      'kernel',
      '-p',
      String(shop.pid),
      '--duration',
      '0.1'
    ])
    assert.equal(code, 0)
    assert.equal(stdout, '')
    assert.match(stderr, /no request was seen/)
  })
})

describe(withBpftrace('several processes'), tracing('bpftrace'), () => {
  it('are traced by one command: the workers of a cluster', async () => {
    const shop = await Shop.start({ args: ['4'] })
    try {
      const { stdout } = await run(['list', '--json'])
      const pids = objects<{ pid: number; command: string[] }>(stdout)
        .filter(({ command, pid }) => command.includes('4') && pid !== shop.pid)
        .map(({ pid }) => pid)
      assert.equal(pids.length, 4)
      const command = new Command([
        'latency',
        '--via',
        'kernel',
        '--json',
        '--routes',
        ...pids.flatMap((pid) => ['-p', String(pid)])
      ])
      await command.printed(/measuring process/)
      await shop.load(1000)
      const figures = objects<Figures>((await command.end('SIGINT')).stdout)
      assert.equal(figures.length, ROUTES)
      for (const { name, count } of figures) assert.equal(count, 100, name)
    } finally {
      await shop.stop()
    }
  })

  it('are all traced with --all', async () => {
    const shops = await Promise.all([Shop.start(), Shop.start()])
    try {
      const command = new Command(['latency', '--via', 'kernel', '--all', '--json', '--routes'])
      await command.printed(/measuring process/)
      for (const { pid } of shops) assert.match(command.stderr, new RegExp(`process.*\\b${pid}\\b`))
      await Promise.all(shops.map((shop) => shop.load(100)))
      const figures = objects<Figures>((await command.end('SIGINT')).stdout)
      // Shops that are not ours are traced, too.
      for (let route = 0; route < ROUTES; route++) {
        const { count = 0 } = figures.find(({ name }) => name === routeName(route)) ?? {}
        assert.ok(count >= 20, `${routeName(route)} ${count}`)
      }
    } finally {
      await Promise.all(shops.map((shop) => shop.stop()))
    }
  })

  it('may have their servers in threads, whose memory for names is far up', async () => {
    const shop = await Shop.start({ args: ['thread'] })
    try {
      const command = new Command(['latency', '--via', 'kernel', '--json', '-p', String(shop.pid)])
      await command.printed(/measuring process/)
      await loadPort(shop.port, 100)
      const figures = objects<Figures>((await command.end('SIGINT')).stdout)
      assert.equal(figures.filter(({ name }) => /^r\d(step\d|respond)$/.test(name)).length, 6 * ROUTES)
      for (const { name, count } of figures) assert.equal(count, 10, name)
    } finally {
      await shop.stop()
    }
  })

  it('that are not meant are left out', async () => {
    const shops = await Promise.all([Shop.start(), Shop.start(), Shop.start()])
    try {
      const pids = shops.slice(0, 2).flatMap(({ pid }) => ['-p', String(pid)])
      const command = new Command(['latency', '--via', 'kernel', '--json', '--routes', ...pids])
      await command.printed(/measuring process/)
      await Promise.all(shops.map((shop) => shop.load(100)))
      for (const { name, count } of objects<Figures>((await command.end('SIGINT')).stdout))
        assert.equal(count, 20, name)
    } finally {
      await Promise.all(shops.map((shop) => shop.stop()))
    }
  })
})
