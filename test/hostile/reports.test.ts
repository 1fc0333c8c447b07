import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type * as LinesModule from '../../dist/cli/sources/lines'
import { Command, internal } from '../support/cli'

const { Lines } = internal<typeof LinesModule>('sources/lines')

const IMPOSTOR = path.join(__dirname, 'impostor.js')
const NOBODY = 65534
const asRoot = { skip: process.getuid?.() !== 0 && 'needs root' }

function listening(uid: number | 'same', report: string): Command {
  return new Command(['latency', '--', process.execPath, IMPOSTOR, String(uid), report])
}

describe('an app that was started, and sends reports of its own', () => {
  it('has no other process killed', asRoot, async () => {
    const victim = spawn('sleep', ['600'])
    try {
      const command = listening(NOBODY, JSON.stringify({ pid: victim.pid }))
      await command.printed(/sent/, 'stdout')
      const { code } = await command.end('SIGINT')
      assert.equal(code, 0)
      assert.deepEqual([victim.exitCode, victim.signalCode], [null, null])
    } finally {
      victim.kill('SIGKILL')
    }
  })

  for (const report of [
    'null',
    '5',
    '[]',
    '{"request":null}',
    '{"request":{"handlers":[null]}}',
    '{"pid":"1"}',
    '{"pid":-1}',
    '{"lost":1e400}',
    '{"request":{"pid":1,"id":1,"method":"GET","url":"/","route":"get","status":200,"startMs":0,"durationNs":1e308,"handlers":[]}}',
    'no JSON'
  ])
    it(`${report}: loses its connection, and nothing else`, async () => {
      const command = listening('same', report)
      await command.printed(/closed/, 'stdout')
      // The command would end by itself, had the report ended it.
      const end = await Promise.race([command.end().then(() => 'ended'), setTimeout(100, 'runs')])
      assert.equal(end, 'runs', command.stderr)
      const { code, stderr } = await command.end('SIGINT')
      assert.equal(code, 0, stderr)
      assert.match(stderr, /sent what this command does not understand: its connection was closed/)
    })

  it('times below 0: draws what can be drawn, and goes on', async () => {
    const call = { method: 'GET', host: 'h', path: '/', status: 200, error: '', startNs: 0, over: true }
    const handler = { name: 'show', location: '', startNs: 0, durationNs: 1e9, busyNs: -1e9 }
    const handlers = [{ ...handler, calls: [{ ...call, respondedNs: -1e9, durationNs: 1e9 }] }]
    const request = { pid: 1, id: 1, method: 'GET', url: '/', route: 'get', status: 200, startMs: 0 }
    const report = JSON.stringify({ request: { ...request, durationNs: 1e9, handlers } })
    const args = ['trace', '--handlers', '--', process.execPath, IMPOSTOR, 'same', report]
    const command = new Command(args)
    await command.printed(/show +░+ +1\.00 s/, 'stdout')
    const { code, stderr } = await command.end('SIGINT')
    assert.equal(code, 0, stderr)
  })

  it('a line without an end: loses its connection before it takes memory', async () => {
    const command = listening('same', 'endless')
    await command.printed(/closed/, 'stdout')
    assert.equal((await command.end('SIGINT')).code, 0)
  })
})

describe('lines', () => {
  it('are put together from pieces, and bounded', () => {
    const found: string[] = []
    const lines = new Lines(5, (line) => found.push(line))
    for (const piece of ['a', 'b\n', '\nc\u2028d\ne', 'f']) lines.push(piece)
    assert.deepEqual(found, ['ab', '', 'c\u2028d'])
    lines.push('\n12345\n')
    assert.deepEqual(found.slice(3), ['ef', '12345'])
    assert.throws(() => lines.push('123456\n'))
    assert.throws(() => new Lines(5, () => {}).push('123456'))
  })
})
