import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as FiguresScriptModule from '../../dist/cli/scripts/figures'
import type * as GridModule from '../../dist/figures/grid'
import { internal, run } from '../support/cli'
import { probesOf } from '../support/script-probes'

const { MILLISECONDS } = internal<typeof GridModule>('../figures/grid')
const { figuresScript } = internal<typeof FiguresScriptModule>('scripts/figures')

describe('script --dtrace', () => {
  for (const words of ['latency', 'trace', 'trace --handlers']) {
    it(`${words} traces the same probes in D`, async () => {
      const [bpftrace, dtrace] = await Promise.all([
        run(['script', ...words.split(' ')]),
        run(['script', ...words.split(' '), '--dtrace'])
      ])
      const expected = words === 'trace' ? 2 : 4
      assert.equal(probesOf(bpftrace.stdout).length, expected, bpftrace.stdout)
      assert.deepEqual(probesOf(dtrace.stdout), probesOf(bpftrace.stdout))
      for (const { stdout } of [bpftrace, dtrace]) assert.match(stdout, /^#!.*\n\/\*\n \* .*Run it as root/)
    })
  }
})

describe("the commands' own scripts", () => {
  it('may be of several files and processes', () => {
    const where = { files: ['/a folder/x.node', '/y.node'], pids: [1, 2] }
    const { text: script } = figuresScript(where, {
      reader: 'top',
      grid: MILLISECONDS,
      dialect: { loop: 'while' },
      facts: true
    })
    const start = 'usdt:"/a folder/x.node":restify:route__start,\nusdt:"/y.node":restify:route__start'
    assert.ok(script.includes(`${start}\n/pid == 1 || pid == 2/\n{`), script)
  })
})
