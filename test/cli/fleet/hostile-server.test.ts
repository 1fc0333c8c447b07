import assert from 'node:assert/strict'
import type http from 'node:http'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type * as ClientModule from '../../../dist/cli/sources/prometheus/client'
import { Command, internal, objects, run } from '../../support/cli'
import { freePort, portOf, serving } from '../../support/http'

const { PrometheusClient } = internal<typeof ClientModule>('sources/prometheus/client')

/** Gives what `top` says of a server that answers so. */
function saidOf(listener: http.RequestListener, credentials = ''): Promise<string> {
  return serving(listener, async (server) => {
    const url = `http://${credentials}127.0.0.1:${portOf(server)}`
    const { code, stderr, stdout } = await run(['top', '--prometheus', url, '--duration', '1'])
    assert.equal(code, 1, stderr)
    assert.equal(stdout, '')
    assert.doesNotMatch(stderr, /\n {4}at /)
    return stderr
  })
}

const answering =
  (status: number, body: string, headers: http.OutgoingHttpHeaders = {}): http.RequestListener =>
  (_req, res) =>
    res.writeHead(status, headers).end(body)

const vector = (...result: unknown[]) =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result } })

describe('a server that is no Prometheus, or a hostile one', () => {
  it('is not there', async () => {
    const port = await freePort()
    const { code, stderr } = await run(['top', '--prometheus', `http://reader:sesame@127.0.0.1:${port}`])
    assert.equal(code, 1)
    assert.equal(
      stderr,
      `restify-probes: Prometheus at http://127.0.0.1:${port} can't be reached: ECONNREFUSED\nIs it running, and is this the address that a browser would show it by?\n`
    )
  })

  it('has a name that nobody knows', async () => {
    const { stderr } = await run(['top', '--prometheus', 'http://metrics.invalid:9090'])
    assert.match(stderr, /can't be reached: (ENOTFOUND|EAI_AGAIN)/)
  })

  it('wants a password, and refuses a wrong one without it being shown', async () => {
    assert.match(
      await saidOf(answering(401, 'no')),
      /wants a user name and a password \(status 401\)\nGive them in the address/
    )
    const said = await saidOf(answering(401, 'no'), 'reader:sesame@')
    assert.match(said, /refuses this user name and password/)
    assert.doesNotMatch(said, /sesame|c2VzYW1l/)
  })

  it('gets the password that the address has', async () => {
    const seen: (string | undefined)[] = []
    await saidOf((req, res) => {
      seen.push(req.headers.authorization)
      res.writeHead(500).end()
    }, 'reader:sesame@')
    assert.deepEqual(seen, [`Basic ${Buffer.from('reader:sesame').toString('base64')}`])
  })

  it('sends to a login, where no password is sent', async () => {
    assert.match(
      await saidOf(answering(302, '', { location: 'https://login.example/\x80' })),
      /sends elsewhere: https:\/\/login\.example\/\\u0080\n/
    )
  })

  it('answers with a page, or with other JSON', async () => {
    assert.match(
      await saidOf(answering(200, '<html>')),
      /does not answer as Prometheus does \(status 200\)\nGive what stands before \/graph/
    )
    assert.match(
      await saidOf(answering(404, '404 page not found')),
      /does not answer as Prometheus does \(status 404\)/
    )
    for (const body of [
      '{}',
      '[]',
      'null',
      '1',
      '{"data":{"resultType":"matrix","result":[]}}',
      '['.repeat(100_000)
    ])
      assert.match(await saidOf(answering(200, body)), /does not answer as Prometheus does/)
    for (const series of [
      { metric: 3, value: [0, '1'] },
      { metric: { a: {} }, value: [0, '1'] },
      { metric: {}, value: [0, 1] },
      { metric: {}, value: [0, 'many'] },
      { metric: {}, value: [0, ''] },
      { metric: {} },
      { metric: {}, value: [1e18, '1'] },
      { metric: {}, value: ['0', '1'] },
      { metric: {}, histogram: [0, { buckets: [[0, 'x', '1', '1']] }] },
      { metric: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`l${i}`, ''])), value: [0, '1'] },
      null
    ])
      assert.match(await saidOf(answering(200, vector(series))), /does not answer as Prometheus does/)
  })

  it('has series of one app that lies, beside those of others', async () => {
    const series = (http_route: string, value: string, le = '+Inf') => ({
      metric: { http_request_method: 'GET', http_route, le },
      value: [0, value]
    })
    const body = vector(
      series('/honest', '2', '0.1'),
      series('/honest', '2'),
      series('/huge', '1e308'),
      series('/infinite', '+Inf'),
      series('/bound', '3', 'many'),
      series('/bound', '3', 'NaN'),
      { metric: { http_route: '/native' }, histogram: [0, { buckets: [[0, '1', '1e300', '1e9']] }] },
      { metric: { http_route: '/native' }, histogram: [0, { buckets: [[0, '-Inf', '+Inf', 'NaN']] }] },
      series('\u202e\x1b[2J', '1')
    )
    await serving(answering(200, body), async (server) => {
      const { code, stdout, stderr } = await run([
        ...['top', '--prometheus', `http://127.0.0.1:${portOf(server)}`],
        ...['--duration', '1', '--json']
      ])
      assert.equal(code, 0, stderr)
      const paths = objects<{ path: string }>(stdout).map(({ path }) => path)
      assert.deepEqual([...new Set(paths)].sort(), ['/bound', '/honest', '\u202e\x1b[2J'].sort())
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
      assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\u202e]|Infinity|NaN/)
    })
  })

  it('answers with a little that expands to more than there is room for', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000))
    assert.match(
      await saidOf((_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
      /answers with more than 16 MB/
    )
    assert.match(
      await saidOf((_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip')),
      /can't be reached: Z_DATA_ERROR/
    )
  })

  it('refuses at length', async () => {
    const long = 'x'.repeat(5_000_000)
    const said = await saidOf(
      answering(422, JSON.stringify({ status: 'error', errorType: long, error: long }))
    )
    assert.ok(said.length < 3000, String(said.length))
  })

  it('refuses in words that would move the cursor', async () => {
    const said = await saidOf(
      answering(
        422,
        JSON.stringify({ status: 'error', errorType: 'execution', error: 'too many \x1b[2J samples' })
      )
    )
    assert.match(
      said,
      /gives no answer \(422 execution\): too many \\u001b\[2J samples\nFewer series are less work/
    )
  })

  it('answers with more than there is room for', async () => {
    const said = await saidOf((_req, res) => {
      res.on('error', () => {})
      const write = () => {
        while (!res.destroyed && res.write('x'.repeat(1_000_000)));
      }
      res.on('drain', write)
      write()
    })
    assert.match(said, /answers with more than 16 MB\nFewer series/)
  })

  it('does not answer, or never to the end', async () => {
    for (const begun of ['', '{"status":'])
      await serving(
        (_req, res) => void (begun === '' || res.write(begun)),
        async (server) => {
          const base = `http://127.0.0.1:${portOf(server)}/`
          const client = new PrometheusClient({ base, shown: base as never }, 200)
          await assert.rejects(client.query('up'), /did not answer within 0.2 s/)
        }
      )
  })

  it('is given up when somebody has seen enough', async () => {
    let asked = () => {}
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve
    })
    await serving(
      () => asked(),
      async (server) => {
        const command = new Command(['top', '--prometheus', `http://127.0.0.1:${portOf(server)}`])
        await wasAsked
        assert.equal((await command.end('SIGINT')).code, 0)
      }
    )
  })
})
