import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type * as WantedModule from '../../dist/figures/wanted'
import { Attached } from '../support/attached'
import { Command, internal, objects, run } from '../support/cli'
import { request } from '../support/http'
import { tracing } from '../support/tracer'

const { EVERYTHING, isWanted } = internal<typeof WantedModule>('../figures/wanted')

const ATTACHED = path.join(__dirname, '..', 'fixtures', 'attached.js')
const linux = { skip: process.platform !== 'linux' && 'processes are found by pid on Linux' }

interface TracedJson {
  type: string
  url: string
  value?: string
  header?: string
  query?: string
  count?: number
  heldByOthers?: { startNs: number; durationNs: number }[]
}

describe('requests are chosen', () => {
  const request = {
    route: 'getsearch',
    routePath: '/search',
    method: 'GET',
    url: '/search?sort=price+down&page=2&tag=a&tag=b',
    durationMs: 12,
    status: 200,
    headers: () => ({ 'x-tenant': 'acme', accept: ['a', 'b'], 'user-agent': 'Mozilla/5.0 Firefox/130' })
  }
  const chosen = (wanted: Partial<WantedModule.Wanted>) => isWanted(request, { ...EVERYTHING, ...wanted })

  it('by what their URL contains', () => {
    assert.ok(chosen({ urlPart: 'page=2' }))
    assert.ok(!chosen({ urlPart: 'page=3' }))
  })

  it('by parameters of the query, decoded, whether or not a value is given', () => {
    assert.ok(chosen({ withQuery: [['sort', null]] }))
    assert.ok(
      chosen({
        withQuery: [
          ['sort', 'price down'],
          ['tag', 'b']
        ]
      })
    )
    assert.ok(
      !chosen({
        withQuery: [
          ['sort', 'price down'],
          ['tag', 'c']
        ]
      })
    )
    assert.ok(!chosen({ withQuery: [['search', null]] }))
    assert.ok(!chosen({ withQuery: [['page', '']] }))
  })

  it('by headers, in which a star stands for anything', () => {
    assert.ok(
      chosen({
        withHeaders: [
          ['x-tenant', 'acme'],
          ['accept', 'b']
        ]
      })
    )
    assert.ok(!chosen({ withHeaders: [['x-tenant', 'acm']] }))
    assert.ok(!chosen({ withHeaders: [['toString', null]] }))
    for (const value of ['*Firefox*', 'Mozilla*130', '*', 'Mozilla*5.0*/130', 'Mozilla/5.0 Firefox/130*'])
      assert.ok(chosen({ withHeaders: [['user-agent', value]] }), value)
    for (const value of ['*Chrome*', 'Firefox*', '*Firefox', 'Mozilla*zilla*130', '*130*130'])
      assert.ok(!chosen({ withHeaders: [['user-agent', value]] }), value)
  })
})

describe('trace shows what is asked for', linux, () => {
  let app: Attached
  before(async () => {
    app = await Attached.start()
  })
  after(() => app.stop())

  async function send(port: number): Promise<void> {
    for (const tenant of ['acme', 'umbrella', 'acme'])
      await request(port, `/wait/1?sort=up&token=x&tenant=${tenant}`, { headers: { 'x-tenant': tenant } })
    await request(port, '/wait/1?sort=down')
    await request(port, '/fail?last')
  }

  const child = () => ['--', process.execPath, ATTACHED]
  const ways: [string, () => string[], object][] = [
    ['by the socket', () => ['-p', String(app.pid), '--via', 'process'], {}],
    ['of an app that it starts', child, {}],
    ['by the kernel', () => ['-p', String(app.pid), '--via', 'kernel'], tracing()]
  ]
  for (const [way, where, options] of ways)
    describe(way, options, () => {
      async function traced(args: readonly string[]): Promise<{ shown: TracedJson[]; stderr: string }> {
        const words = where()
        const command = new Command(['trace', '--json', ...args, ...words])
        await command.printed(/tracing/)
        const starts = words.includes('--')
        const port = starts ? Number((await command.printed(/listening: (\d+)/))[1]) : app.port
        await send(port)
        const { stdout, stderr } = await command.end('SIGINT')
        return { shown: objects<TracedJson>(stdout), stderr }
      }

      it('by headers, with a table by value where none is given', async () => {
        const { shown, stderr } = await traced(['--header', 'X-Tenant'])
        assert.equal(shown.filter(({ type }) => type === 'request').length, 3, stderr)
        const groups = shown.filter(({ type }) => type === 'group')
        assert.deepEqual(groups.map(({ header, value, count }) => [header, value, count]).sort(), [
          ['x-tenant', 'acme', 2],
          ['x-tenant', 'umbrella', 1]
        ])
      })

      it('by parts of the URL', async () => {
        const urls = ({ shown }: { shown: TracedJson[] }) =>
          shown.filter(({ type }) => type === 'request').map(({ url }) => url)
        assert.deepEqual(urls(await traced(['--query', 'sort=d*n'])), ['/wait/1?sort=down'])
        assert.deepEqual(urls(await traced(['--url', '?last', '--status', '5xx'])), ['/fail?last'])
        assert.deepEqual(urls(await traced(['--header', 'x-tenant=umbrella', '--query', 'tenant'])), [
          '/wait/1?sort=up&token=[redacted]&tenant=umbrella'
        ])
      })
    })

  it('with the time in which other requests held the event loop', async () => {
    const command = new Command(['trace', '--json', '--handlers', '-p', String(app.pid)])
    await command.printed(/tracing/)
    const waits = request(app.port, '/wait/150')
    await request(app.port, '/block/60')
    await waits
    const { stdout } = await command.end('SIGINT')
    const waited = objects<TracedJson>(stdout).find(({ url }) => url === '/wait/150')
    const heldNs = (waited?.heldByOthers ?? []).reduce((sum, { durationNs }) => sum + durationNs, 0)
    assert.ok(heldNs > 55e6 && heldNs < 120e6, stdout)
    const blocked = objects<TracedJson>(stdout).find(({ url }) => url === '/block/60')
    assert.deepEqual(blocked?.heldByOthers, [])
  })

  it('but no credentials', async () => {
    for (const [args, why] of [
      [['--header', 'Authorization=x'], /--header Authorization: that is a credential/],
      [['--query', 'user[token]'], /--query user\[token\]: that is a credential/]
    ] as const) {
      const { code, stderr } = await run(['trace', ...args])
      assert.equal(code, 2)
      assert.match(stderr, why)
    }
  })

  it('with a pid for each request of several processes', async () => {
    const other = await Attached.start()
    const command = new Command(['trace', '-p', `${app.pid},${other.pid}`, '--via', 'process'])
    await command.printed(/tracing/)
    await app.get('/wait/1?one')
    await command.printed(/\?one/, 'stdout')
    await other.get('/wait/1?other')
    const { stdout } = await command.end('SIGINT')
    await other.stop()
    const lines = stdout.split('\n')
    assert.doesNotMatch(lines[0] as string, /PID/)
    assert.match(lines[2] as string, /^TIME +PID +STATUS/)
    assert.match(lines[3] as string, new RegExp(`^\\S+ +${other.pid} +200 .* /wait/1\\?other$`))
  })
})
