import assert from 'node:assert/strict'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Attached } from '../support/attached'
import { Command, run } from '../support/cli'
import { Exporting } from '../support/exporting'
import { freePort } from '../support/http'
import { startsIn } from '../support/otlp-starts'

const linux = { skip: process.platform !== 'linux' && 'processes are found by pid on Linux' }

interface Received {
  url: string
  headers: http.IncomingHttpHeaders
  body: Buffer
}

/** A receiver that answers as it is told. */
class Receiver {
  readonly received: Received[] = []
  /** The most requests that were under way at a time. */
  most = 0
  #underWay = 0
  readonly #server: http.Server

  constructor(answer: (res: http.ServerResponse) => void) {
    this.#server = http.createServer((req, res) => {
      this.most = Math.max(this.most, ++this.#underWay)
      res.on('close', () => {
        this.#underWay--
      })
      const parts: Buffer[] = []
      req.on('data', (part) => parts.push(part))
      req.on('end', () => {
        this.received.push({ url: req.url ?? '', headers: req.headers, body: Buffer.concat(parts) })
        answer(res)
      })
    })
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    return this
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The first request after so many. */
  async request(number: number): Promise<Received> {
    while (this.received.length <= number) await setTimeout(20)
    return this.received[number] as Received
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

describe('export --otlp', linux, () => {
  let app: Attached
  before(async () => {
    app = await Attached.start()
  })
  after(() => app.stop())

  function pushing(url: string, env: NodeJS.ProcessEnv = {}, interval = '1'): Command {
    return new Command(['export', '-p', String(app.pid), '--otlp', url, '--otlp-interval', interval], {
      env: { ...process.env, ...env }
    })
  }

  it('tells that handlers are counted anew once they are switched on again, and requests are not', async () => {
    const receiver = await new Receiver((res) => res.end()).listen()
    const exporting = await Exporting.start([
      ...['-p', String(app.pid), '--otlp', receiver.url, '--otlp-interval', '1']
    ])
    const handlers = 'restify.handler.duration'
    const requests = 'http.server.request.duration'
    /** The starts in the first push in which there are any of a handler, from now on. */
    const starts = async () => {
      for (let number = receiver.received.length; ; number++) {
        await app.get('/wait/1')
        const { body } = await receiver.request(number)
        const found = startsIn(body)
        if (found.has(handlers)) return found
      }
    }
    const switched = (method: string) => exporting.get('/handlers', { method })
    try {
      await switched('POST')
      const first = await starts()
      await switched('DELETE')
      const again = Date.now()
      await switched('POST')
      const second = await starts()
      assert.ok((first.get(handlers) as number[]).every((ms) => ms < again))
      assert.ok((second.get(handlers) as number[]).every((ms) => ms >= again))
      assert.deepEqual(second.get(requests)?.[0], first.get(requests)?.[0])
    } finally {
      await exporting.stop()
      await receiver.close()
    }
  })

  it('pushes protobuf to the path of metrics, with the headers of the environment, and once more at its end', async () => {
    const receiver = await new Receiver((res) => res.end()).listen()
    const command = pushing(`${receiver.url}/api/v1/otlp/`, {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20c2VjcmV0,x-scope-orgid=shop'
    })
    const { url, headers, body } = await receiver.request(0)
    assert.equal(url, '/api/v1/otlp/v1/metrics')
    assert.equal(headers['content-type'], 'application/x-protobuf')
    assert.equal(headers.authorization, 'Basic c2VjcmV0')
    assert.equal(headers['x-scope-orgid'], 'shop')
    assert.ok(body.includes('restify.process.answers'))
    await app.get('/wait/1')
    const before = receiver.received.length
    const { code, stderr } = await command.end('SIGINT')
    assert.equal(code, 0)
    assert.doesNotMatch(stderr, /c2VjcmV0|secret/)
    assert.ok(receiver.received.length > before)
    assert.ok(receiver.received.at(-1)?.body.includes('/wait/:ms'))
    await receiver.close()
  })

  it('says once that there is nobody, or that it is refused, and that it is taken again', async () => {
    const port = await freePort()
    const command = pushing(`http://127.0.0.1:${port}`)
    await command.printed(/figures could not be sent to 127\.0\.0\.1:\d+: .*ECONNREFUSED/)
    await setTimeout(2500)
    let refuses = true
    const receiver = await new Receiver((res) => {
      if (refuses) res.writeHead(429).end('too many\u001b[31m')
      else res.end()
    }).listen(port)
    await receiver.request(1)
    refuses = false
    await command.printed(/127\.0\.0\.1:\d+ takes figures again, after \d+ failures/)
    refuses = true
    await command.printed(/it answers 429 too many\\u001b/)
    const { stderr } = await command.end('SIGINT')
    assert.equal(stderr.match(/could not be sent/g)?.length, 2)
    await receiver.close()
  })

  it('goes on after an answer in another protocol, and does not read one without end', async () => {
    let answer = (res: http.ServerResponse): unknown =>
      res.socket?.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n')
    const receiver = await new Receiver((res) => answer(res)).listen()
    const command = pushing(receiver.url)
    await command.printed(/it has ended the connection without an answer/)
    answer = (res) => {
      const writing = setInterval(() => res.write('x'.repeat(50_000)), 5)
      res.on('close', () => clearInterval(writing))
    }
    await command.printed(/takes figures again/)
    const { code, stderr } = await command.end('SIGINT')
    assert.equal(code, 0)
    assert.equal(stderr.match(/could not be sent/g)?.length, 1)
    await receiver.close()
  })

  it('shows no secret of its URL', async () => {
    const receiver = await new Receiver((res) => res.end()).listen()
    const command = pushing(`${receiver.url}/?token=s3cret`)
    assert.equal((await receiver.request(0)).url, '/v1/metrics?token=s3cret')
    const { stderr } = await command.end('SIGINT')
    assert.match(stderr, /pushing to http:\/\/127\.0\.0\.1:\d+\/v1\/metrics;/m)
    assert.doesNotMatch(stderr, /s3cret/)
    await receiver.close()
    for (const url of ['reader:s3cret@127.0.0.1:9', 'http://reader:s3cret@127.0.0.1:9', 'reader@s3cret']) {
      const refused = await run(['export', '--otlp', url])
      assert.equal(refused.code, 2, url)
      assert.match(refused.stderr, /takes a URL without a password/)
      assert.doesNotMatch(refused.stderr, /s3cret/)
    }
  })

  it('waits for one answer at a time, keeps nothing meanwhile, and ends all the same', async () => {
    const receiver = await new Receiver(() => {}).listen()
    const command = pushing(receiver.url)
    await receiver.request(0)
    await setTimeout(3500)
    assert.equal(receiver.received.length, 1)
    assert.equal(receiver.most, 1)
    const began = performance.now()
    const { code, stderr } = await command.end('SIGINT')
    assert.equal(code, 0)
    assert.match(stderr, /could not be sent to .*: it does not answer in time\n/)
    assert.ok(performance.now() - began < 8000)
    await receiver.close()
  })

  it('refuses headers that are none, and does not show them', async () => {
    for (const headers of ['secret', 'a b=secret', 'x=%zz', 'x=%0Asecret']) {
      const { code, stderr } = await run(['export', '--otlp', 'http://127.0.0.1:9'], {
        env: { ...process.env, OTEL_EXPORTER_OTLP_HEADERS: headers }
      })
      assert.equal(code, 2, headers)
      assert.match(stderr, /OTEL_EXPORTER_OTLP_HEADERS takes name=value,name=value/)
      assert.doesNotMatch(stderr, /secret/)
    }
  })
})
