import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Attached } from '../support/attached'
import { Command, objects } from '../support/cli'
import { Layers } from '../support/layers'
import { tracing, withBpftrace } from '../support/tracer'

interface Counted {
  type: 'route' | 'handler'
  count: number
  location?: string
}

const REQUESTS = 5

describe(withBpftrace('containers of one image'), tracing('bpftrace'), () => {
  let layers: Layers
  let apps: Attached[]

  before(async () => {
    layers = new Layers(2)
    apps = await Promise.all(layers.views.map((root) => Attached.start({ root, cwd: root })))
  })
  after(async () => {
    await Promise.all(apps.map((app) => app.stop()))
    layers.remove()
  })

  it('counts each request and each handler of theirs once, though each sees the addon on a device of its own', {
    timeout: 30_000
  }, async () => {
    const pids = apps.flatMap(({ pid }) => ['-p', String(pid)])
    const command = new Command(['latency', '--via', 'kernel', '--json', ...pids])
    await command.printed(/measuring process/)
    for (const app of apps) for (let i = 0; i < REQUESTS; i++) await app.get('/wait/1')
    const { stdout, stderr, code } = await command.end('SIGINT')
    assert.equal(code, 0, stderr)
    const figures = objects<Counted>(stdout)
    const count = (type: Counted['type']) =>
      figures.filter((each) => each.type === type).reduce((sum, each) => sum + each.count, 0)
    assert.equal(count('route'), apps.length * REQUESTS)
    assert.equal(count('handler'), apps.length * REQUESTS)
  })
})
