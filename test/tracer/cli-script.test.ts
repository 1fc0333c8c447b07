import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { listed } from '../support/carriers'
import { run } from '../support/cli'
import { probesOf } from '../support/script-probes'
import { ROUTES, Shop } from '../support/shop'
import { Tracer, tracing, withBpftrace } from '../support/tracer'

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
