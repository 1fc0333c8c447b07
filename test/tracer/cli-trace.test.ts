import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import restifyProbes from 'restify-probes'
import { Command, objects, run } from '../support/cli'
import { request } from '../support/http'
import { loadPort, ROUTES, SHOP, Shop } from '../support/shop'
import { tracing, withBpftrace } from '../support/tracer'

interface TracedJson {
  type: 'request' | 'lost'
  count?: number
  time: string
  pid: number
  url: string
  urlCut: boolean
  status: number
  durationNs: number
  route: string
  handlers?: { name: string; startNs: number; durationNs: number }[]
}

describe(withBpftrace('trace'), tracing('bpftrace'), () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.start()
    await shop.load(100)
  })
  after(() => shop.stop())

  async function traced(args: string[], act: () => Promise<unknown>): Promise<TracedJson[]> {
    const command = new Command(['trace', '--via', 'kernel', '-p', String(shop.pid), '--json', ...args])
    await command.printed(/tracing process/)
    await act()
    const { stdout, code } = await command.end('SIGINT')
    assert.equal(code, 0)
    const all = objects<TracedJson>(stdout)
    assert.deepEqual(all.pop(), { type: 'lost', count: 0 })
    return all
  }

  it('shows every request once, whole, in the order of their ends', async () => {
    const requests = await traced(['--handlers'], () => shop.load(2000, 50))
    assert.equal(requests.length, 2000)
    assert.equal(new Set(requests.map(({ url }) => url)).size, 2000)
    for (const { url, route, handlers = [], durationNs, pid } of requests) {
      const [, number] = /^\/r(\d)\/\d+$/.exec(url) ?? []
      assert.equal(route, `getr${number}id`)
      assert.equal(pid, shop.pid)
      assert.deepEqual(
        handlers.map(({ name }) => name),
        [0, 1, 2, 3, 4].map((step) => `r${number}step${step}`).concat(`r${number}respond`)
      )
      for (const handler of handlers)
        assert.ok(handler.startNs >= 0 && handler.startNs + handler.durationNs <= durationNs, url)
    }
    const ends = requests.map(({ time, durationNs }) => Date.parse(time) + durationNs / 1e6)
    for (const [i, end] of ends.slice(1).entries()) assert.ok(end >= (ends[i] as number) - 1, `${i}`)
  })

  it('shows those that are wanted', async () => {
    const requests = await traced(
      ['--slower-than', '15', '--status', '404', '--route', 'getr9id'],
      async () => {
        await shop.load(ROUTES)
        await shop.load(ROUTES, 20, '?status=404')
      }
    )
    assert.deepEqual(
      requests.map(({ url, status }) => [url, status]),
      [['/r9/9?status=404', 404]]
    )
  })

  it('marks a URL that bpftrace cut, and no other', async () => {
    const urls = [198, 199, 200, 300].map((length) => '/r0/'.padEnd(length, 'x'))
    const requests = await traced([], async () => {
      for (const url of urls) await request(shop.port, url)
      await shop.measured()
    })
    assert.deepEqual(
      requests.map(({ url, urlCut }) => [url.length, urlCut]),
      [
        [198, false],
        [199, false],
        [199, true],
        [199, true]
      ]
    )
  })

  it('draws where the time went', async () => {
    const command = new Command([
      'trace',
      '--via',
      'kernel',
      '-p',
      String(shop.pid),
      '--handlers',
      '--route',
      'getr9id'
    ])
    await command.printed(/tracing process/)
    await shop.load(ROUTES)
    const { stdout } = await command.end('SIGINT')
    const [legend, heading, line, ...bars] = stdout.trimEnd().split('\n')
    assert.match(legend as string, /^█ held the event loop/)
    assert.match(heading as string, /^TIME +STATUS +TOOK +METHOD +ROUTE +URL$/)
    assert.match(
      line as string,
      /^\d\d:\d\d:\d\d\.\d{3} +200 +[\d.]+ ms {2}GET +(getr9id|\/r9\/:id) +\/r9\/9$/
    )
    assert.equal(bars.length, 6)
    const lengths = bars.map((bar) => bar.match(/[█░]/g)?.length ?? 0)
    // Of 27 ms and what the rest took, nearly all is the last one's.
    assert.equal(Math.max(...lengths), lengths[5])
    assert.ok((lengths[5] as number) > 40, stdout)
  })
})

describe(withBpftrace('top'), tracing('bpftrace'), () => {
  it('has every request in the rates of one second or another', async () => {
    const shop = await Shop.start()
    const command = new Command(['top', '--via', 'kernel', '-p', String(shop.pid), '--json'])
    await command.printed(/watching process/)
    const counted = () => {
      const whole = command.stdout.slice(0, command.stdout.lastIndexOf('\n') + 1)
      return objects<{ requestsPerSecond: number; intervalNs: number }>(whole).reduce(
        (sum, { requestsPerSecond, intervalNs }) => sum + Math.round((requestsPerSecond * intervalNs) / 1e9),
        0
      )
    }
    await shop.load(1500)
    await command.printed(/"route":"getr9id"/, 'stdout')
    await shop.load(1500)
    while (counted() < 3000) await setTimeout(50)
    const { stdout } = await command.end('SIGINT')
    await shop.stop()
    assert.equal(counted(), 3000)
    for (const line of objects<{ slowestHandler: { name: string } }>(stdout))
      assert.match(line.slowestHandler.name, /^r\d(respond|step\d)$/)
  })
})

describe(withBpftrace('a process in a container'), tracing('bpftrace', 'unshare'), () => {
  it('is listed, and traced from outside, though its addon is a file of its own', async () => {
    const addon = restifyProbes.status().addon as string
    const folder = path.dirname(addon)
    const script = `cp "${addon}" /tmp/addon.$$ && mount -t tmpfs none "${folder}" && mv /tmp/addon.$$ "${addon}" && exec "$0" "$1" container`
    let pid: number | undefined
    const container = spawn('unshare', [
      '-m',
      '-p',
      '-f',
      '--mount-proc',
      'sh',
      '-c',
      script,
      process.execPath,
      SHOP
    ])
    try {
      const [text] = await new Promise<Buffer[]>((resolve) =>
        container.stdout.once('data', (...data: Buffer[]) => resolve(data))
      )
      const port = Number(/listening: (\d+)/.exec(String(text))?.[1])
      const [listed] = objects<{ pid: number; command: string[] }>(
        (await run(['list', '--json'])).stdout
      ).filter(({ command }) => command[0] === process.execPath && command.includes('container'))
      pid = listed?.pid
      const command = new Command(['latency', '--via', 'kernel', '-p', String(pid), '--json', '--routes'])
      await command.printed(/measuring process/)
      await loadPort(port, 100)
      await loadPort(port, 10)
      const { stdout } = await command.end('SIGINT')
      const figures = objects<{ name: string; count: number }>(stdout)
      assert.equal(figures.length, ROUTES)
      for (const { name, count } of figures) assert.ok(count === 10 || count === 11, `${name} ${count}`)
    } finally {
      // The first process of a namespace is deaf to other signals.
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      container.kill('SIGKILL')
    }
  })
})
