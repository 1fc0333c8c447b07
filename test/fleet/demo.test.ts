import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { withPrometheus } from '../support/prometheus'

const fleet = path.join(__dirname, '..', '..', 'examples', 'demo', 'fleet.js')

describe('npm run fleet', () => {
  it('names the slow pod, and the handler that is slow in it', withPrometheus(), async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [fleet])
    assert.match(stdout, /^\$ restify-probes top --prometheus http:\S+ --match 'job="shop"' --interval 15$/m)
    assert.match(stdout, /^ROUTE .* SLOWEST HANDLER .* BUSY SLOWEST INSTANCE +SPREAD$/m)
    const rowOf = (route: string) => stdout.split('\n').find((line) => line.startsWith(route)) ?? ''
    // The handler waits in the one, and holds the event loop in the other.
    const [, waiting, spread] =
      /comparePrices +\d+ % +(\d+) % shop-b +×([\d.]+)$/.exec(rowOf('GET /products/:id ')) ?? []
    assert.ok(Number(waiting) < 20, stdout)
    assert.ok(Number(spread) > 3, stdout)
    const [, holding] = /signReceipt +\d+ % +(\d+) % shop-[abc] +×[\d.]+$/.exec(rowOf('POST /orders ')) ?? []
    assert.ok(Number(holding) > 80, stdout)
  })

  it('says what to install where there is no Prometheus', async () => {
    // Neither Prometheus nor apt-get is on this path.
    const env = { ...process.env, PATH: '/nowhere' }
    await assert.rejects(
      promisify(execFile)(process.execPath, [fleet], { env }),
      ({ code, stderr }: { code: number; stderr: string } & Error) =>
        code === 1 && /Prometheus is not installed: apt-get install prometheus/.test(stderr)
    )
  })
})
