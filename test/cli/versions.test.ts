import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { STEPS } from '../fixtures/shop'
import { Command, objects, run } from '../support/cli'
import { OlderPackage, withHistory } from '../support/older-package'
import { ROUTES, routeName, Shop } from '../support/shop'
import { tracing } from '../support/tracer'

const OLDER_COMMAND = 'an older command, an app of today'

/** A command that is installed once for a machine meets apps that have another release of the package. */
describe('command and app of different releases', withHistory(tracing('bpftrace').skip), () => {
  let older: OlderPackage
  before(() => {
    older = new OlderPackage()
  })
  after(() => older.remove())

  for (const [title, app, cli] of [
    ['a command of today, an older app', () => ({ file: older.shop }), () => ({})],
    [OLDER_COMMAND, () => ({}), () => ({ cli: older.cli })]
  ] as const)
    describe(title, () => {
      let shop: Shop
      before(async () => {
        shop = await Shop.start(app())
      })
      after(() => shop.stop())

      async function traced(command: string, ...words: string[]) {
        const args = [command, ...words, '-p', String(shop.pid), '--json']
        const running = new Command(args, cli())
        await running.printed(/measuring process|tracing process|process \d+/)
        await shop.load(10 * ROUTES)
        const { stdout, stderr, code } = await running.end('SIGINT')
        assert.equal(code, 0, stderr)
        return objects(stdout)
      }

      it('list shows it', async () => {
        const { stdout } = await run(['list', '--json'], cli())
        assert.ok(objects(stdout).some(({ pid }) => pid === shop.pid))
      })

      /**
       * The older command sends bpftrace a second SIGINT after half a second. If that comes before bpftrace has detached, as on a
       * busy machine, bpftrace dies and prints nothing, and the command shows no figures. It is asked again then.
       */
      async function figuresOfLatency() {
        for (let tries = title === OLDER_COMMAND ? 5 : 1; ; tries--) {
          const figures = await traced('latency')
          if (tries === 1 || figures.some(({ type }) => type === 'route')) return figures
        }
      }

      it('latency counts each route and handler', async () => {
        const figures = await figuresOfLatency()
        const routes = figures.filter(({ type }) => type === 'route')
        assert.deepEqual(
          routes.map(({ name, count }) => [name, count]).sort(),
          Array.from({ length: ROUTES }, (_, route) => [routeName(route), 10]).sort()
        )
        const handlers = figures.filter(({ type }) => type === 'handler')
        assert.equal(handlers.length, ROUTES * (STEPS + 1))
        for (const { count } of handlers) assert.equal(count, 10)
      })

      it('trace tells each request with its handlers', async () => {
        const told = await traced('trace', '--handlers')
        const requests = told.filter(({ type }) => type === 'request')
        assert.equal(requests.length, 10 * ROUTES)
        for (const { method, url, status, handlers } of requests) {
          assert.equal(method, 'GET')
          assert.match(url as string, /^\/r\d\/\d+$/)
          assert.equal(status, 200)
          assert.equal((handlers as unknown[]).length, STEPS + 1)
        }
      })
    })
})
