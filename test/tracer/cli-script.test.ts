import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type * as FiguresScriptModule from '../../dist/cli/scripts/figures'
import type * as GridModule from '../../dist/figures/grid'
import { listed } from '../support/carriers'
import { internal, run } from '../support/cli'
import { ROUTES, Shop } from '../support/shop'
import { Tracer, tracing, withBpftrace } from '../support/tracer'

const { MILLISECONDS } = internal<typeof GridModule>('../figures/grid')
const { figuresScript } = internal<typeof FiguresScriptModule>('scripts/figures')

/** The probes of a script, in its order. */
function probesOf(script: string): string[] {
  return [
    ...script.matchAll(
      /^(?:usdt:\*|restify\*::):restify:?(?::?)((?:route|handler)\S+)|^restify(?:\*|\$target):::(\S+)/gm
    )
  ].map(([, bpftrace, dtrace]) => (bpftrace ?? dtrace ?? '').replace('__', '-'))
}

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

describe(withBpftrace('script'), tracing('bpftrace'), () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.start()
  })
  after(() => shop.stop())

  async function output(words: string[]): Promise<string> {
    const { stdout } = await run(['script', ...words])
    const probes = probesOf(stdout)
    const enabled = async () => ((await listed(shop.pid))?.attached ? ['all', 'that', 'it', 'has'] : [])
    const tracer = await Tracer.attach(stdout, shop.pid, enabled)
    assert.ok(probes.length > 0)
    await shop.load(50)
    await shop.load(50)
    return tracer.detach()
  }

  it('latency shows every route and handler, and leaves no entry of what is running', async () => {
    const text = await output(['latency'])
    for (let route = 0; route < ROUTES; route++) {
      assert.match(text, new RegExp(`^@route_ms\\[getr${route}id\\]:`, 'm'))
      assert.match(text, new RegExp(`^@handler_ms\\[r${route}respond\\]:`, 'm'))
    }
    assert.doesNotMatch(text, /^@(request|handler|depth|inner|named)\[/m)
  })

  it('trace shows each request, its handlers and its end', async () => {
    const text = await output(['trace', '--handlers'])
    assert.match(text, /^\d+ {2}> GET \/r9\/9$/m)
    assert.match(text, /^\d+ {4}\d+ us {2}r9respond$/m)
    assert.match(text, /^\d+ {2}< 200 {2}\d+ ms {2}getr9id$/m)
  })
})
