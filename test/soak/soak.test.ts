import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { describe, it } from 'node:test'
import { tracing } from '../support/tracer'
import { type Sample, type TracersTally, wrongIn } from './sample'

const MB = 1024 * 1024

describe('an app in abuse, with tracers that come, go and are killed', tracing('bpftrace'), () => {
  it('does not grow, loses no pairing and throws nothing in a minute', async () => {
    const soak = spawn(process.execPath, [path.join(__dirname, 'run.js'), '--minutes', '1'], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    let output = ''
    soak.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    const [code] = await once(soak, 'close')
    assert.equal(code, 0, output)
  })
})

describe('what a soak calls wrong', () => {
  const rest: Sample = {
    requests: 1000,
    rssBytes: 100 * MB,
    heapBytes: 20 * MB,
    descriptors: ['socket:[N]'],
    listeners: 12,
    listenersOnConnection: 0,
    uncaught: [],
    unpaired: [],
    paired: 500,
    stuckSessions: 0,
    enabled: []
  }
  const after: Sample = { ...rest, requests: 90_000, paired: 40_000 }
  const during = Array.from({ length: 9 }, () => after)
  const tracers: TracersTally = { come: {}, killed: 3, failures: [], leftOver: 0, seen: 10 }

  it('is nothing where nothing grows', () => {
    assert.deepEqual(wrongIn(rest, during, after, tracers), [])
  })

  for (const [what, end, expected] of [
    ['a leak of heap', { heapBytes: 30 * MB }, /^heap .* grew/],
    [
      'a descriptor',
      { descriptors: ['socket:[N]', 'pipe:[N]', 'socket:[N]'] },
      /^descriptors are left open: pipe:\[N\],socket:\[N\]$/
    ],
    ['a listener', { listeners: 13 }, /^listeners grew/],
    ['an error', { uncaught: ['Error: x'] }, /^uncaught: Error: x/],
    ['a lost pairing', { unpaired: ['handler-done of x'] }, /^pairing: handler-done of x/],
    ['a semaphore that stayed', { enabled: ['route-start'] }, /^probes are still enabled: route-start/],
    ['no request', { requests: rest.requests }, /^no requests/]
  ] as [string, Partial<Sample>, RegExp][])
    it(`is ${what}`, () => {
      const [first, ...others] = wrongIn(rest, during, { ...after, ...end }, tracers)
      assert.match(first ?? '', expected)
      assert.deepEqual(others, [])
    })

  it('is memory that grows under load, and what killed tracers leave', () => {
    const growing = during.map((sample, index) => ({ ...sample, rssBytes: (100 + 20 * index) * MB }))
    assert.match(wrongIn(rest, growing, after, tracers).join(), /^RSS .* grew/)
    assert.match(wrongIn(rest, during, after, { ...tracers, leftOver: 2 }).join(), /^2 programs/)
  })
})
