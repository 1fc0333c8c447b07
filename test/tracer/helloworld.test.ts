import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import restifyProbes from 'restify-probes'
import { Helloworld, NAMES } from '../support/helloworld'
import { request } from '../support/http'
import { Tracer, tracing, withBpftrace } from '../support/tracer'

const script = readFileSync(path.join(__dirname, '..', '..', '..', 'examples', 'helloworld.bt'), 'utf8')

/** The script, but that it shows at its end what it left in its maps. */
const showingLeftovers = script.replace(/END\n\{[^}]*\}/, '')

/**
 * The numbers of values that a histogram of bpftrace's has below, in and above the buckets that 250 ms may
 * fall into.
 */
interface Counts {
  below: number
  around250: number
  all: number
}

function histograms(output: string): Map<string, Counts> {
  const counts = new Map<string, Counts>()
  for (const block of output.split(/^@\[/m).slice(1)) {
    const name = block.slice(0, block.indexOf(']'))
    const rows = [...block.matchAll(/^[[(](\d+)(K?)[^|]*?\s(\d+) \|/gm)]
    const sum = (from: number, to: number) =>
      rows
        .filter(([, lowest]) => Number(lowest) >= from && Number(lowest) < to)
        .reduce((total, [, , , count]) => total + Number(count), 0)
    counts.set(name, { below: sum(0, 128), around250: sum(128, 512), all: sum(0, Number.POSITIVE_INFINITY) })
  }
  return counts
}

function send(server: Helloworld, count: number): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, () => request(server.port, '/hello/mark')))
}

for (const [release, preload] of [
  ['Express 5', []],
  ['Express 4', [path.join(__dirname, '..', 'support', 'express-4.js')]]
] as const) {
  describe(
    withBpftrace(`the guide's helloworld on ${release}, under helloworld.bt`),
    tracing('bpftrace'),
    () => {
      it('shows each handler and the route, and who is slow', async () => {
        const server = await Helloworld.start(...preload)
        const tracer = await Tracer.attach(script, server.pid, () => server.enabled())
        await send(server, 10)
        const output = await tracer.detach()
        await server.stop()
        const counts = histograms(output)
        assert.deepEqual([...counts.keys()].sort(), NAMES)
        for (const name of NAMES) assert.equal(counts.get(name)?.all, 10, `${name}: ${output}`)
        for (const name of ['slowHandler', 'getfoo']) assert.equal(counts.get(name)?.below, 0, output)
        assert.doesNotMatch(output, /^@(track|h)/m)
      })

      it('is right when it attaches in the middle of requests', async () => {
        const server = await Helloworld.start(...preload)
        let sending = true
        const stream: Promise<unknown>[] = []
        const streaming = (async () => {
          while (sending) {
            stream.push(send(server, 1))
            await setTimeout(10)
          }
        })()
        const tracer = await Tracer.attach(showingLeftovers, server.pid, () => server.enabled())
        await setTimeout(600)
        sending = false
        await streaming
        await Promise.all(stream)
        const output = await tracer.detach()
        await server.stop()
        const counts = histograms(output)
        // Of requests that began while bpftrace attached probe after probe, the first handlers may be missing.
        const requests = counts.get('getfoo')?.all ?? 0
        assert.ok(requests > 10 && requests < stream.length, `${requests} of ${stream.length} requests`)
        assert.equal(counts.get('respond')?.all, requests)
        for (const name of NAMES) assert.ok((counts.get(name)?.all ?? 0) <= requests, name)
        assert.doesNotMatch(output, /^@(track|h)\[/m)
        for (const name of ['slowHandler', 'getfoo']) assert.equal(counts.get(name)?.below, 0)
      })
    }
  )
}

describe(withBpftrace('helloworld.bt'), tracing('bpftrace'), () => {
  it('leaves no entry in its maps', async () => {
    const server = await Helloworld.start()
    const tracer = await Tracer.attach(showingLeftovers, server.pid, () => server.enabled())
    await send(server, 20)
    const output = await tracer.detach()
    await server.stop()
    assert.match(output, /^@\[getfoo\]/m)
    assert.doesNotMatch(output, /^@(track|h)\[/m)
  })

  it('keeps processes apart whose requests have the same ids', async () => {
    const servers = await Promise.all([Helloworld.start(), Helloworld.start()])
    // Without a pid, bpftrace needs the file that has the probes.
    const everywhere = script.replaceAll('usdt:*:', `usdt:${restifyProbes.status().addon}:`)
    const enabled = async () => {
      const [first, second] = await Promise.all(servers.map((server) => server.enabled()))
      return (first as string[]).filter((probe) => second?.includes(probe))
    }
    const tracer = await Tracer.attach(everywhere, null, enabled)
    await Promise.all(servers.map((server) => send(server, 30)))
    const counts = histograms(await tracer.detach())
    await Promise.all(servers.map((server) => server.stop()))
    for (const name of NAMES) assert.equal(counts.get(name)?.all, 60, name)
    for (const name of ['slowHandler', 'getfoo']) assert.equal(counts.get(name)?.below, 0)
  })

  it("does as the guide's D script does", () => {
    const guide = readFileSync(path.join(__dirname, '..', '..', '..', 'examples', 'helloworld.d'), 'utf8')
    const probes = (text: string) =>
      [...text.matchAll(/(route|handler)(?:-|__)(start|done)$/gm)].map(([name]) => name)
    assert.deepEqual(
      probes(script).map((name) => name.replace('__', '-')),
      probes(guide)
    )
  })
})
