import assert from 'node:assert/strict'
import http from 'node:http'
import { describe, it } from 'node:test'
import express from 'express'
import restifyProbes from 'restify-probes'
import { portOf } from '../support/http'
import { Tracer, tracing, withBpftrace } from '../support/tracer'

const LONG = 64 * 1024

/** Prints a string's pieces of 50 bytes, at what may be its beginning, middle and end. */
function pieces(probe: string, argument: string, offsets: number[]): string {
  return offsets
    .map(
      (at) =>
        `usdt:*:restify:${probe} { printf("${probe} ${argument} ${at} %s\\n", str(${argument} + ${at}, 50)); }`
    )
    .join('\n')
}

const IDLE = ['route__start', 'handler__start', 'handler__done', 'route__done']
  .map((probe) => `usdt:*:restify:${probe} { @ = count(); }`)
  .join('\n')

describe(withBpftrace('strings'), tracing('bpftrace'), () => {
  it('are complete, whatever their length (rules 10 and 11)', async () => {
    const value = 'v'.repeat(LONG)
    const query = 'q'.repeat(LONG)
    const app = express()
    app.use(restifyProbes({ name: 'n'.repeat(3000) }))
    app.get('/long', (_req, res) => void res.set('x-answer', value).send('ok'))
    const server = http.createServer({ maxHeaderSize: 4 * LONG }, app)
    await new Promise<void>((resolve) => server.listen(0, resolve))

    const url = `/long?${query}END-OF-URL`
    const requestHeaders = JSON.stringify({ 'x-long': `${value}é-END`, host: 'h', connection: 'close' })
    const program = [
      IDLE,
      pieces('route__start', 'arg0', [2990]),
      pieces('route__start', 'arg4', [0, LONG / 2, url.length - 10]),
      pieces('route__start', 'arg5', [0, LONG / 2, LONG + 11]),
      pieces('route__done', 'arg4', [LONG + 10])
    ].join('\n')
    const tracer = await Tracer.attach(program)
    await new Promise<void>((resolve, reject) => {
      const options = {
        port: portOf(server),
        path: url,
        headers: {
          'x-long': Buffer.from(`${value}é-END`).toString('latin1'),
          host: 'h',
          connection: 'close'
        },
        maxHeaderSize: 4 * LONG
      }
      http.get(options, (res) => res.resume().on('end', resolve)).on('error', reject)
    })
    const output = await tracer.detach()
    server.close()

    assert.match(output, /^route__start arg0 2990 n{10}$/m)
    assert.match(output, /^route__start arg4 0 \/long\?q{43,44}$/m)
    assert.match(output, new RegExp(`^route__start arg4 ${LONG / 2} q{49,50}$`, 'm'))
    assert.match(output, new RegExp(`^route__start arg4 ${url.length - 10} END-OF-URL$`, 'm'))
    assert.match(output, /^route__start arg5 0 \{"x-long":"v+$/m)
    assert.match(output, new RegExp(`^route__start arg5 ${LONG / 2} v{49,50}$`, 'm'))
    // The header's two bytes were read as Latin-1 by Node, so that each is a character of two bytes here.
    assert.match(
      output,
      new RegExp(`^route__start arg5 ${LONG + 11} Ã©-END","host":"h","connection":"close"\\}$`, 'm')
    )
    assert.match(output, new RegExp(`^route__done arg4 ${LONG + 10} v.*"`, 'm'))
    assert.ok(requestHeaders.length > LONG)
  })
})
