import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import path from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { AppProcess } from '../support/app-process'
import { Command, objects, run } from '../support/cli'
import { request } from '../support/http'

/** Only Linux tells which processes offer a socket. */
const linux = { skip: process.platform !== 'linux' }

const FILE = path.join(__dirname, '..', 'fixtures', 'calling.js')

/** test/fixtures/calling in a process of its own. */
class Calling extends AppProcess {
  static async start(): Promise<Calling> {
    const child = fork(FILE, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    for await (const text of child.stdout ?? []) {
      const port = /listening: (\d+)/.exec(String(text))?.[1]
      if (port !== undefined) return new Calling(child, Number(port))
    }
    throw new Error('the app ended before it listened')
  }

  async subscribed(): Promise<string[]> {
    return JSON.parse((await request(this.port, '/subscribed')).body)
  }

  /** Resolves when nobody listens any more. */
  async isLeftAlone(): Promise<void> {
    const deadline = Date.now() + 5000
    while ((await this.subscribed()).length > 0) {
      assert.ok(Date.now() < deadline, 'channels are still subscribed to')
      await delay(20)
    }
  }
}

interface TracedCall {
  method: string
  host: string
  path: string
  status: number
  startNs: number
  respondedNs: number
  durationNs: number
  over: boolean
}

interface TracedRequest {
  type: string
  url: string
  durationNs: number
  handlers: { name: string; calls?: TracedCall[] }[]
}

describe('trace --outgoing', linux, () => {
  let app: Calling
  before(async () => {
    app = await Calling.start()
  })
  after(() => app.stop())

  /** The command, which does not outlive its test. */
  function tracing(t: TestContext, ...args: string[]): Command {
    const command = new Command(['trace', '-p', String(app.pid), ...args])
    t.after(() => command.process.kill('SIGKILL'))
    return command
  }

  it('tells what each handler called, and leaves nothing in the app', async (t) => {
    assert.deepEqual(await app.subscribed(), [])
    const command = tracing(t, '--outgoing', '--json')
    await command.printed(/tracing process/)
    assert.equal((await app.subscribed()).length, 3)
    await Promise.all([1, 2, 3].map((id) => request(app.port, `/users/${id}`)))
    await command.printed(/(?:\{"type":"request".*\n){3}/, 'stdout')
    const { stdout, code } = await command.end('SIGINT')
    assert.equal(code, 0)
    const requests = objects<TracedRequest>(stdout).filter(({ type }) => type === 'request')
    assert.equal(requests.length, 3)
    for (const { url, durationNs, handlers } of requests) {
      const id = url.split('/').at(-1)
      assert.deepEqual(
        handlers.map(({ name, calls = [] }) => [name, calls.map(({ path }) => path).sort()]),
        [
          ['session', ['/session']],
          ['showUser', [`/orders/${id};sid=[redacted]`, `/slow/${id}`]]
        ]
      )
      for (const call of handlers.flatMap(({ calls = [] }) => calls)) {
        assert.deepEqual([call.method, call.status, call.over], ['GET', 200, true])
        assert.match(call.host, /^127\.0\.0\.1:\d+$/)
        assert.ok(call.respondedNs > 0 && call.respondedNs <= call.durationNs)
        assert.ok(call.startNs + call.durationNs <= durationNs)
      }
      const slow = handlers.flatMap(({ calls = [] }) => calls).find(({ path }) => path.startsWith('/slow'))
      assert.ok((slow as TracedCall).respondedNs > 75e6)
    }
    assert.doesNotMatch(stdout, /s3cret/)
    await app.isLeftAlone()
  })

  it('draws the calls as bars below their handlers', async (t) => {
    const command = tracing(t, '--outgoing')
    await command.printed(/tracing process/)
    await request(app.port, '/users/7')
    await command.printed(/\/users\/7\n(?: .*\n){5}/, 'stdout')
    const { stdout } = await command.end('SIGINT')
    assert.match(stdout, /^─ called out, until the response began {2}━ until it ended$/m)
    assert.match(stdout, /^ {2}session +[█▒░]+ +[\d.]+ ms\n {4}200 GET \S+\/session +[─━╶]+ +[\d.]+ ms$/m)
    // On a busy machine the first of its bar's tenths is spent on the CPU.
    assert.match(
      stdout,
      /^ {2}showUser +[█▒░]*░{10,}[█▒░]* +[\d.]+ ms\n(?: {4}200 GET .* +[─━╶]+ +[\d.]+ ms\n){2}/m
    )
    assert.match(stdout, /^ {4}200 GET 127\S*\/slow\/7 +─{10,}━* +\d+\.\d ms$/m)
  })

  it('ends with a command that is killed, and is not there for one that does not ask', async (t) => {
    const asking = tracing(t, '--outgoing', '--json')
    await asking.printed(/tracing process/)
    asking.process.kill('SIGKILL')
    await asking.end()
    await app.isLeftAlone()
    const other = tracing(t, '--handlers', '--json')
    await other.printed(/tracing process/)
    assert.deepEqual(await app.subscribed(), [])
    await request(app.port, '/users/1')
    await other.printed(/"type":"request"/, 'stdout')
    const { stdout } = await other.end('SIGINT')
    assert.doesNotMatch(stdout, /"calls"/)
  })

  it('is refused where no process can tell', async () => {
    for (const args of [
      ['--via', 'kernel', '-p', String(app.pid)],
      ['--', process.execPath, FILE]
    ]) {
      const { code, stderr } = await run(['trace', '--outgoing', ...args])
      assert.equal(code, 2)
      assert.match(stderr, /--outgoing is for processes that run already, by the sockets that they offer/)
    }
  })
})
