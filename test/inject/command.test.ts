import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Command, objects, run } from '../support/cli'
import { freePort } from '../support/http'
import { PLAIN, PlainProcess } from '../support/plain-process'
import { Terminal } from '../support/terminal'

interface Figures {
  type: string
  name: string
  count: number
}

/** A network, pids and a /proc of its own; what is started is not the process that was spawned, but below it. */
const CONTAINER = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc']

const REQUESTS = 7

/** The command, once it listens. */
async function listening(app: PlainProcess, name = 'latency', ...args: string[]): Promise<Command> {
  const command = new Command([name, '--json', '-p', String(app.pid), '--inject', '--yes', ...args])
  await command.printed(/^restify-probes: (measuring|tracing|watching) /m)
  return command
}

/** The figures that `latency` counts of an app into which it injects. */
async function figuresOf(app: PlainProcess, load = () => app.load(REQUESTS)): Promise<[string, number][]> {
  const command = await listening(app)
  await load()
  const { stdout, code, stderr } = await command.end('SIGINT')
  assert.equal(code, 0, stderr)
  return countsIn(stdout)
}

/** A handler whose location was found out meanwhile has a row before that, and one after. */
function countsIn(stdout: string): [string, number][] {
  const counts = new Map<string, number>()
  for (const { type, name, count } of objects<Figures>(stdout))
    if (type === 'route' || type === 'handler') counts.set(name, (counts.get(name) ?? 0) + count)
  return [...counts].sort()
}

/** The state when the connections of a client that has gone are closed. */
async function calm(app: PlainProcess): Promise<Record<string, unknown>> {
  await setTimeout(100)
  return app.state()
}

/** The state when the middleware has left, or has not within five seconds. */
async function stateAfter(
  app: PlainProcess,
  before: Record<string, unknown>
): Promise<Record<string, unknown>> {
  const deadline = Date.now() + 5000
  for (;;) {
    const state = await app.state()
    if (Date.now() > deadline || JSON.stringify(state) === JSON.stringify(before)) return state
    await setTimeout(50)
  }
}

/** A thread ends its stay by a clock of its own, and another thread's state does not tell when. */
async function untilNoSockets(app: PlainProcess): Promise<void> {
  const deadline = Date.now() + 3000
  while (socketsOf(app).length > 0 && Date.now() < deadline) await setTimeout(50)
  assert.deepEqual(socketsOf(app), [])
}

function socketsOf({ pid }: PlainProcess): string[] {
  const folder = path.join(tmpdir(), `restify-probes-${process.geteuid?.()}`)
  return readdirSync(folder).filter((name) => name.startsWith(`${pid}-`))
}

const EXPRESS = [
  ['getusersid', REQUESTS],
  ['show', REQUESTS],
  ['slow', REQUESTS]
]
const CONNECT = [
  ['getusers', REQUESTS],
  ['show', REQUESTS],
  ['slow', REQUESTS]
]

async function withApp(kind: string, use: (app: PlainProcess) => Promise<void>): Promise<void> {
  const app = await PlainProcess.start(kind)
  try {
    await use(app)
  } finally {
    await app.stop('SIGKILL')
  }
}

describe('a running app that knows nothing of probes', () => {
  for (const kind of ['express', 'express4', 'closure', 'bound', 'unref', 'cluster', 'thread', 'several'])
    it(`has every request and handler counted, and is as before afterwards: ${kind}`, () =>
      withApp(kind, async (app) => {
        await app.load(1)
        const before = await calm(app)
        assert.deepEqual(await figuresOf(app), EXPRESS)
        assert.deepEqual(await stateAfter(app, before), before)
        await untilNoSockets(app)
      }))

  it('has them counted on Connect', () =>
    withApp('connect', async (app) => {
      const before = await app.state()
      assert.deepEqual(await figuresOf(app), CONNECT)
      assert.deepEqual(await stateAfter(app, before), before)
    }))

  it('has them counted over HTTP/2', () =>
    withApp('http2', async (app) => {
      const load = async () => {
        const client = http2.connect(`http://127.0.0.1:${app.port}`)
        for (let sent = 0; sent < REQUESTS; sent++) {
          const stream = client.request({ ':path': `/users/${sent}` })
          stream.resume()
          await new Promise((resolve) => stream.once('close', resolve))
        }
        client.close()
      }
      assert.deepEqual(await figuresOf(app, load), CONNECT)
    }))

  it('has all but its first request counted where only that one shows which app it is', () =>
    withApp('hidden', async (app) => {
      assert.deepEqual(
        await figuresOf(app),
        EXPRESS.map(([name]) => [name, REQUESTS - 1])
      )
    }))

  it('that begins to listen later is found by then', () =>
    withApp('late', async (app) => {
      assert.deepEqual(await figuresOf(app), EXPRESS)
    }))

  it('has its requests shown by trace, and its rates by top', () =>
    withApp('express', async (app) => {
      const trace = await listening(app, 'trace')
      await app.load(1)
      await trace.printed(/"route":"getusersid"/, 'stdout')
      const top = await listening(app, 'top')
      const load = setInterval(() => void app.load(1), 50)
      await top.printed(/"route":"getusersid"/, 'stdout')
      clearInterval(load)
      await trace.end('SIGINT')
      await top.end('SIGINT')
    }))

  it('is named by the package of its listener if it is none of Express or Connect', () =>
    withApp('restify', async (app) => {
      const { stderr } = await run([
        'latency',
        '-p',
        String(app.pid),
        '--inject',
        '--yes',
        '--duration',
        '0.2'
      ])
      assert.match(stderr, /the server on port \d+, whose listener is no Express or Connect app: restify/)
    }))

  it('keeps the middleware as long as one of several commands listens', () =>
    withApp('express', async (app) => {
      const before = await app.state()
      const [first, second] = await Promise.all([listening(app), listening(app)])
      await app.load(REQUESTS)
      const counted = async (command: Command) => countsIn((await command.end('SIGINT')).stdout)
      assert.deepEqual(await counted(first), EXPRESS)
      await setTimeout(1500)
      await app.load(REQUESTS)
      assert.deepEqual(
        await counted(second),
        EXPRESS.map(([name]) => [name, 2 * REQUESTS])
      )
      assert.deepEqual(await stateAfter(app, before), before)
    }))

  it('can be injected by many commands at once', () =>
    withApp('express', async (app) => {
      const before = await app.state()
      const commands = await Promise.all(Array.from({ length: 6 }, () => listening(app)))
      await app.load(REQUESTS)
      for (const command of commands) {
        assert.deepEqual(countsIn((await command.end('SIGINT')).stdout), EXPRESS)
      }
      assert.deepEqual(await stateAfter(app, before), before)
    }))

  it('is as before when the command is killed', () =>
    withApp('express', async (app) => {
      const before = await app.state()
      const command = await listening(app)
      await app.load(REQUESTS)
      await command.end('SIGKILL')
      assert.deepEqual(await stateAfter(app, before), before)
      await app.load(1)
    }))

  it('keeps an inspector that was open', async () => {
    const port = await freePort()
    const app = await PlainProcess.start('signal', { execArgv: [`--inspect=127.0.0.1:${port}`] })
    const before = await app.state()
    assert.ok(before.inspector)
    assert.deepEqual(await figuresOf(app), EXPRESS)
    assert.deepEqual(await stateAfter(app, before), before)
    // The app listens to the signal itself, and did not get it.
    assert.doesNotMatch(app.output, /got its signal/)
    await app.stop('SIGKILL')
  })
})

describe('an injection', () => {
  const inject = (pid: number | undefined) => run(['latency', '-p', String(pid), '--inject', '--yes'])

  it('is refused where the signal would end the process, or be the app’s own', async () => {
    await withApp('signal', async (app) => {
      assert.match((await inject(app.pid)).stderr, /the app itself listens to SIGUSR1/)
      assert.doesNotMatch(app.output, /got its signal/)
    })
    const sleep = spawn('sleep', ['60'])
    assert.match((await inject(sleep.pid)).stderr, /it is no Node process: its program is sleep/)
    sleep.kill()
    assert.equal((await inject(2 ** 22)).code, 1)
  })

  it('is refused where the port of the inspector is another process’s', async () => {
    const server = net.createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const app = await PlainProcess.start('express', { execArgv: [`--inspect-port=${port}`] })
    const { stderr } = await inject(app.pid)
    assert.match(stderr, new RegExp(`would open on port ${port}, which is process ${process.pid}'s`))
    server.close()
    await app.stop()
  })

  it('asks first, on a terminal', () =>
    withApp('express', async (app) => {
      const ask = async (answer: string) => {
        const terminal = new Terminal(['latency', '-p', String(app.pid), '--inject'], {
          width: 110,
          height: 40
        })
        await terminal.shows(/Do it\? \[y\/N\]/)
        terminal.press(answer, 'Enter')
        return terminal
      }
      const no = await ask('n')
      await no.shows(/nothing was done\n(.*\n)*status 1/)
      no.close()
      assert.doesNotMatch(app.output, /Debugger/)
      const yes = await ask('y')
      await yes.shows(/measuring process/)
      yes.press('C-c')
      await yes.shows(/status 0/)
      yes.close()
    }))

  it('does nothing where nobody can answer', () =>
    withApp('express', async (app) => {
      const { stderr, code } = await run(['latency', '-p', String(app.pid), '--inject'])
      assert.equal(code, 1)
      assert.match(stderr, /nobody can answer here/)
      assert.doesNotMatch(app.output, /Debugger/)
    }))

  it('enters the network of a process in a container, which has another pid there', {
    skip: !mayUnshare()
  }, async () => {
    const up = 'ip link set lo up 2>/dev/null; exec "$0" "$@"'
    const child = spawn('unshare', [...CONTAINER, 'sh', '-c', up, process.execPath, PLAIN, 'express'])
    await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
    const { stderr } = await run([
      'latency',
      '-p',
      String(child.pid),
      '--inject',
      '--yes',
      '--duration',
      '0.2'
    ])
    child.kill('SIGKILL')
    assert.match(stderr, /the middleware is in an Express app/)
  })
})

function mayUnshare(): boolean {
  try {
    execFileSync('unshare', [...CONTAINER, 'sh', '-c', 'ip link set lo up'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('a process that only looks like one to inject', () => {
  /** A Node process at whose inspector's port it answers itself. */
  async function pretending(answer: http.RequestListener): Promise<http.Server> {
    const server = http.createServer(answer)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server
  }

  it('can send the command nowhere else, and says what it likes in vain', async () => {
    const { Inspector } = require(path.join(__dirname, '../../../dist/cli/inject/inspector-client.js')) as {
      Inspector: { connect(endpoint: object): Promise<unknown> }
    }
    const elsewhere = await pretending(() => assert.fail('it was asked'))
    const { port: trap } = elsewhere.address() as AddressInfo
    const answers: Record<string, http.RequestListener> = {
      'a list that leads elsewhere': (_req, res) =>
        res.end(JSON.stringify([{ id: 'x', webSocketDebuggerUrl: `ws://127.0.0.1:${trap}/x` }])),
      'a list without end': (_req, res) => {
        const timer = setInterval(() => res.write('x'.repeat(10_000)), 1)
        res.on('close', () => clearInterval(timer))
      },
      'a redirection': (_req, res) => res.writeHead(302, { location: `http://127.0.0.1:${trap}/` }).end(),
      silence: () => {}
    }
    for (const answer of Object.values(answers)) {
      const server = await pretending(answer)
      const { port } = server.address() as AddressInfo
      await assert.rejects(Inspector.connect({ host: '127.0.0.1', port }))
      server.closeAllConnections()
      server.close()
    }
    elsewhere.close()
  })
})
