import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Attached, type Start } from '../support/attached'
import { CLI, Command, objects, ROOT, run } from '../support/cli'
import { missing, skipFor } from '../support/compulsory'
import { request } from '../support/http'
import { greeting, offerSocket } from '../support/impostor-socket'
import { loadPort, ROUTES, routeName, Shop } from '../support/shop'

const linux = { skip: process.platform !== 'linux' && 'processes are found by pid on Linux' }
const isRoot = process.getuid?.() === 0
const asRoot = { skip: !isRoot && 'needs root, to be two other users' }
/** Whom the apps and commands of these tests belong to: nobody who may do anything. */
const NOBODY = isRoot ? { uid: 65534, gid: 65534 } : {}

interface Figures {
  type: 'route' | 'handler' | 'process'
  name: string
  count: number
  p50Ns: number
  minNs: number
  maxNs: number
  buckets: { count: number }[]
}

/** Takes the figures, without what the process tells of its event loop. */
function figuresIn(stdout: string): Figures[] {
  return objects<Figures>(stdout).filter(({ type }) => type !== 'process')
}

function start(options: Start = {}): Promise<Attached> {
  return Attached.start({ cwd: '/', ...NOBODY, ...options })
}

describe('without root, by the socket of a process', linux, () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.start(NOBODY)
  })
  after(() => shop.stop())

  it('latency counts every request and handler', async () => {
    const command = new Command(['latency', '-p', String(shop.pid), '--json'], NOBODY)
    await command.printed(/measuring process/)
    await shop.load(10_000, 100)
    const { stdout, stderr, code } = await command.end('SIGINT')
    assert.equal(code, 0, stderr)
    const figures = figuresIn(stdout)
    assert.equal(figures.filter(({ type }) => type === 'route').length, ROUTES)
    assert.equal(figures.filter(({ type }) => type === 'handler').length, 6 * ROUTES)
    for (const { name, count, minNs, p50Ns, maxNs, buckets } of figures) {
      assert.equal(count, 1000, name)
      assert.ok(minNs <= p50Ns && p50Ns <= maxNs, name)
      assert.equal(
        buckets.reduce((sum, bucket) => sum + bucket.count, 0),
        count
      )
    }
  })

  it('two at once see the same, and the process is left as it was', async () => {
    const commands = [1, 2].map(
      () => new Command(['latency', '-p', String(shop.pid), '--json', '--routes'], NOBODY)
    )
    for (const command of commands) await command.printed(/measuring process/)
    await shop.load(500)
    for (const command of commands) {
      const figures = figuresIn((await command.end('SIGINT')).stdout)
      assert.deepEqual(
        figures.map(({ count }) => count),
        Array(ROUTES).fill(50)
      )
    }
  })

  it('trace shows requests with their handlers, in the order of their ends', async () => {
    const command = new Command(['trace', '-p', String(shop.pid), '--handlers', '--json'], NOBODY)
    await command.printed(/tracing process/)
    await shop.load(2000, 50)
    const requests = objects<{ url: string; route: string; durationNs: number; handlers: Figures[] }>(
      (await command.end('SIGINT')).stdout
    )
    assert.deepEqual(requests.pop(), { type: 'lost', count: 0 })
    assert.equal(new Set(requests.map(({ url }) => url)).size, 2000)
    for (const { url, route, handlers } of requests) {
      const [, number] = /^\/r(\d)\/\d+$/.exec(url) ?? []
      assert.equal(route, `getr${number}id`)
      assert.deepEqual(
        handlers.map(({ name }) => name),
        [0, 1, 2, 3, 4].map((step) => `r${number}step${step}`).concat(`r${number}respond`)
      )
    }
  })

  it('trace has those picked that are wanted, and tells of how many there were', async () => {
    const args = ['trace', '-p', String(shop.pid), '--slower-than', '15', '--status', '404', '--route']
    for (const route of [routeName(9), '/r9/:id', 'GET /r9/:id']) {
      const command = new Command([...args, route, '--json'], NOBODY)
      await command.printed(/tracing process/)
      await shop.load(ROUTES)
      await shop.load(ROUTES, 20, '?status=404')
      const requests = objects<{ url: string; status: number }>((await command.end('SIGINT')).stdout)
      assert.deepEqual(
        requests.slice(0, -1).map(({ url, status }) => [url, status]),
        [['/r9/9?status=404', 404]]
      )
    }
    const none = new Command([...args, 'getnothing'], NOBODY)
    await none.printed(/tracing process/)
    await shop.load(ROUTES)
    assert.match(
      (await none.end('SIGINT')).stderr,
      /0 of 10 requests matched; the routes were: (getr\did(, )?){10}\n/
    )
  })

  it('top has every request in the rates of one second or another', async () => {
    const command = new Command(['top', '-p', String(shop.pid), '--json'], NOBODY)
    await command.printed(/watching process/)
    const counted = () => {
      const whole = command.stdout.slice(0, command.stdout.lastIndexOf('\n') + 1)
      return objects<{ requestsPerSecond?: number; intervalNs: number }>(whole).reduce(
        (sum, { requestsPerSecond = 0, intervalNs }) =>
          sum + Math.round((requestsPerSecond * intervalNs) / 1e9),
        0
      )
    }
    await shop.load(1500)
    await command.printed(/"route":"getr9id"/, 'stdout')
    await shop.load(1500)
    while (counted() < 3000) await new Promise((resolve) => setTimeout(resolve, 50))
    await command.end('SIGINT')
    assert.equal(counted(), 3000)
  })

  it("is for the process's own user and root alone", asRoot, async () => {
    const other = { uid: 65533, gid: 65533 }
    const { code, stderr } = await run(['latency', '-p', String(shop.pid)], other)
    assert.equal(code, 1)
    assert.match(stderr, /process \d+ is another user's: it can't be looked into/)
    const root = await run(['latency', '-p', String(shop.pid), '--via', 'process', '--duration', '0.2'])
    assert.equal(root.code, 0, root.stderr)
    assert.match(root.stderr, /no request was seen/)
  })

  it('is found by its port, and by its command line', async () => {
    for (const choice of [
      ['--port', String(shop.port)],
      ['--name', 'fixtures/shop.js', '--port', String(shop.port)]
    ]) {
      const command = new Command(['latency', '--json', '--routes', ...choice], NOBODY)
      await command.printed(new RegExp(`measuring process ${shop.pid} `))
      await shop.load(ROUTES)
      const figures = figuresIn((await command.end('SIGINT')).stdout)
      assert.deepEqual(
        figures.map(({ count }) => count),
        Array(ROUTES).fill(1)
      )
    }
    const none = await run(['top', '--port', '1', '--name', 'no such app'], NOBODY)
    assert.match(
      none.stderr,
      /no process that can be traced has no such app in its command line and listens on port 1 /
    )
  })
})

describe('of several processes and threads', linux, () => {
  it("the pid of a cluster's primary means its workers", async () => {
    const shop = await Shop.start({ args: ['4'], ...NOBODY })
    try {
      for (const choice of [
        ['-p', String(shop.pid)],
        ['--port', String(shop.port)]
      ]) {
        const command = new Command(['latency', '--json', '--routes', ...choice], NOBODY)
        const [, pids] = await command.printed(/measuring processes ([\d, ]+)/)
        assert.equal(pids?.split(',').length, 4)
        await shop.load(400)
        const figures = figuresIn((await command.end('SIGINT')).stdout)
        assert.deepEqual(
          figures.map(({ count }) => count),
          Array(ROUTES).fill(40)
        )
      }
    } finally {
      await shop.stop()
    }
  })

  it('servers in threads are heard through their own sockets', async () => {
    const shop = await Shop.start({ args: ['thread'], ...NOBODY })
    try {
      const command = new Command(['latency', '--json', '--routes', '-p', String(shop.pid)], NOBODY)
      await command.printed(/measuring process/)
      await loadPort(shop.port, 100)
      const figures = figuresIn((await command.end('SIGINT')).stdout)
      assert.deepEqual(
        figures.map(({ count }) => count),
        Array(ROUTES).fill(10)
      )
    } finally {
      await shop.stop()
    }
  })
})

describe('a process that does not answer', linux, () => {
  it('is said to have a blocked event loop, and for how long', async () => {
    const app = await start()
    const command = new Command(['latency', '-p', String(app.pid), '--json'], NOBODY)
    await command.printed(/measuring process/)
    // This waits until Node has begun to look how late its event loop is.
    await new Promise((resolve) => setTimeout(resolve, 200))
    const blocking = app.get('/block/3500')
    await command.printed(
      new RegExp(`process ${app.pid} has not answered for \\d s: its event loop is blocked\\. .*--via kernel`)
    )
    await blocking
    await command.printed(/answers again, after [34] s/)
    const { stdout } = await command.end('SIGINT')
    await app.stop()
    const figures = figuresIn(stdout)
    const [loop] = objects<{ type: string; delayMaxNs: number; busyNs: number }>(stdout).filter(
      ({ type }) => type === 'process'
    )
    assert.ok(loop !== undefined && loop.delayMaxNs > 3.3e9 && loop.busyNs > 3.3e9, JSON.stringify(loop))
    assert.deepEqual(
      figures.map(({ name, count }) => [name, count]),
      [
        ['getblockms', 1],
        ['block', 1]
      ]
    )
  })

  it('is waited for when it is blocked from the beginning', async () => {
    const app = await start()
    const blocking = app.get('/block/2500')
    const command = new Command(['latency', '-p', String(app.pid)], NOBODY)
    await command.printed(/has not answered for 1 s: its event loop is blocked/)
    await command.printed(/measuring process/)
    await blocking
    await command.end('SIGINT')
    await app.stop()
  })

  it('is said to be stopped, where it is', async () => {
    const app = await start()
    const command = new Command(['trace', '-p', String(app.pid)], NOBODY)
    await command.printed(/tracing process/)
    app.kill('SIGSTOP')
    await command.printed(new RegExp(`process ${app.pid} is stopped, as by Ctrl-Z`))
    app.kill('SIGCONT')
    await command.printed(/answers again/)
    await command.end('SIGINT')
    await app.stop()
  })

  it('has ended, where it was killed', async () => {
    const app = await start()
    const command = new Command(['latency', '-p', String(app.pid), '--json', '--routes'], NOBODY)
    await command.printed(/measuring process/)
    await app.get('/fail')
    // The figures are told within a second.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await app.stop('SIGKILL')
    const { code, stdout, stderr } = await command.end()
    assert.equal(code, 0)
    assert.match(stderr, new RegExp(`process ${app.pid} ended`))
    assert.deepEqual(
      figuresIn(stdout).map(({ name, count }) => [name, count]),
      [['getfail', 1]]
    )
  })

  it('is followed by top when it is started again', async () => {
    const env = { PORT: '0' }
    const app = await start({ env })
    const command = new Command(['top', '-p', String(app.pid), '--json'], NOBODY)
    await command.printed(/watching process/)
    await app.stop('SIGKILL')
    const next = await start({ env })
    await command.printed(new RegExp(`now process ${next.pid}`))
    await next.get('/fail')
    await command.printed(/"route":"getfail"/, 'stdout')
    await command.end('SIGINT')
    await next.stop()
  })
})

describe('a process that offers no socket', linux, () => {
  it('is said to offer none, with where to look for the reason', async () => {
    const app = await start({ options: { attach: false } })
    const { code, stderr } = await run(['top', '-p', String(app.pid), '--via', 'process'], NOBODY)
    await app.stop()
    assert.equal(code, 1)
    assert.match(stderr, /process \d+ offers no socket\n/)
    assert.match(stderr, /status\(\)\.attach/)
  })

  it('needs root, as the kernel does where it is asked for', asRoot, async () => {
    const app = await start()
    const { code, stderr } = await run(['top', '-p', String(app.pid), '--via', 'kernel'], NOBODY)
    await app.stop()
    assert.equal(code, 1)
    assert.match(stderr, /tracing needs root/)
  })
})

describe('a socket elsewhere', linux, () => {
  it('is found where the process has another TMPDIR, however long', async () => {
    const folder = path.join(realpathSync(tmpdir()), `sockets-${'x'.repeat(40)}`)
    spawnSync('mkdir', ['-p', '-m', '777', folder])
    const app = await start({ env: { TMPDIR: folder } })
    const socket = await app.socket()
    assert.ok(socket.startsWith(folder))
    const { code, stderr } = await run(['latency', '-p', String(app.pid), '--duration', '0.1'], NOBODY)
    await app.stop()
    rmSync(folder, { recursive: true })
    assert.equal(code, 0, stderr)
  })

  it('is found where neither the root file system nor /tmp can be written to, in a container without rights', {
    ...skipFor(missing(['unshare', 'setpriv'])),
    ...(isRoot ? {} : { skip: 'needs root, to make a container' })
  }, async () => {
    // Kubernetes' restricted profile gives this: a user, no capabilities, no new ones, and nothing to write
    // to.
    const script = `mount -t tmpfs -o mode=1777 none /dev/shm && mount -t tmpfs -o ro none /tmp &&
      ip link set lo up 2>/dev/null; exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"`
    const client = path.join(mkdtempSync(path.join('/dev', 'restricted-')), 'check.sh')
    writeFileSync(
      client,
      `"${process.execPath}" "${path.join(__dirname, '..', 'fixtures', 'attached.js')}" & app=$!
      sleep 1
      "${process.execPath}" "${CLI}" latency -p $app --duration 0.5
      echo "status $?"
      kill $app`
    )
    spawnSync('chmod', ['-R', '755', path.dirname(client)])
    const { stdout, stderr } = spawnSync('unshare', ['-m', '-n', 'sh', '-c', script, 'sh', 'sh', client], {
      encoding: 'utf8',
      env: { ...process.env, TMPDIR: '/tmp' }
    })
    rmSync(path.dirname(client), { recursive: true })
    assert.match(stdout, /status 0\n/, stderr)
    assert.match(stderr, /measuring process \d+/)
  })
})

describe('a process in a container', linux, () => {
  it("is listed and traced from the host, through its root and by its own pid's name", {
    ...skipFor(missing(['unshare', 'pgrep'])),
    ...(isRoot ? {} : { skip: 'needs root, to make a container' })
  }, async () => {
    // Its pid there is another, and its /tmp is its own.
    const app = path.join(__dirname, '..', 'fixtures', 'attached.js')
    const script = 'mount -t tmpfs none /tmp && exec "$0" "$1"'
    const container = spawn('unshare', [
      '-m',
      '-p',
      '-f',
      '--mount-proc',
      'sh',
      '-c',
      script,
      process.execPath,
      app
    ])
    try {
      const [text] = (await once(container.stdout, 'data')) as [Buffer]
      const port = Number(/listening: (\d+)/.exec(String(text))?.[1])
      const pid = Number(spawnSync('pgrep', ['-P', String(container.pid)], { encoding: 'utf8' }).stdout)
      const { socket } = JSON.parse((await request(port, '/status')).body) as { socket: string }
      assert.match(socket, /^\/tmp\/restify-probes-0\/1-\d+\.sock$/)
      const listed = objects<{ pid: number; via: string[]; answers: boolean }>(
        (await run(['list', '--json'])).stdout
      )
      const found = listed.find((each) => each.pid === pid)
      assert.deepEqual([found?.via[0], found?.answers], ['process', true])
      const command = new Command(['latency', '-p', String(pid), '--json', '--routes'])
      await command.printed(/measuring process/)
      await request(port, '/fail')
      const figures = figuresIn((await command.end('SIGINT')).stdout)
      assert.deepEqual(
        figures.map(({ name, count }) => [name, count]),
        [['getfail', 1]]
      )
    } finally {
      // The first process of a namespace is deaf to other signals.
      spawnSync('pkill', ['-KILL', '-P', String(container.pid)])
      container.kill('SIGKILL')
    }
  })
})

describe('on a system without /proc, by faked platform', linux, () => {
  const elsewhere = { env: { ...process.env, AS_PLATFORM: 'darwin', AS_ARCH: process.arch } }
  const asDarwin = ['-r', path.join(ROOT, 'test', 'package', 'apps', 'as-platform.cjs')]
  const command = (args: string[]) =>
    new Command(args, { ...elsewhere, node: process.execPath, nodeOptions: asDarwin })

  it('processes tell of themselves: list, -p, --port and --name', async () => {
    const app = await Attached.start()
    try {
      const { stdout, stderr } = await command(['list', '--json']).end()
      const [listed] = objects<Record<string, unknown>>(stdout).filter(({ pid }) => pid === app.pid)
      assert.ok(listed !== undefined, stderr)
      const { ports, via, answers, cwd, command: words } = listed
      assert.deepEqual(
        { ports, via, answers, cwd },
        {
          ports: [app.port],
          via: ['process'],
          answers: true,
          cwd: process.cwd()
        }
      )
      assert.match((words as string[]).join(' '), /fixtures\/attached\.js$/)
      for (const choice of [
        ['-p', String(app.pid)],
        ['--port', String(app.port)],
        ['--name', 'fixtures/attached.js', '--port', String(app.port)]
      ]) {
        const latency = command(['latency', '--json', '--routes', ...choice])
        await latency.printed(new RegExp(`measuring process ${app.pid} \\(.*attached\\.js\\)`))
        await app.get('/fail')
        const figures = figuresIn((await latency.end('SIGINT')).stdout)
        assert.deepEqual(
          figures.map(({ name, count }) => [name, count]),
          [['getfail', 1]]
        )
      }
    } finally {
      await app.stop()
    }
  })

  it('the kernel can not be asked there, and it is said why', async () => {
    const { code, stderr } = await command(['top', '--via', 'kernel']).end()
    assert.equal(code, 1)
    assert.match(stderr, /Linux only/)
  })
})

describe('what pretends to be an app', linux, () => {
  async function pretending(says: string): Promise<{ stderr: string; code: number | null }> {
    const takeAway = await offerSocket(says)
    const result = await run(['latency', '-p', String(process.pid), '--via', 'process', '--duration', '1'])
    takeAway()
    return result
  }

  for (const [what, says, why] of [
    [
      'another protocol',
      greeting(7),
      /release 1\.2\.3, which this command does not understand\n.*npx restify-probes@1\.2\.3/
    ],
    ['a version that is a command', greeting(7, '1; rm -rf /'), /release unknown, which/],
    ['no JSON', 'HTTP/1.1 400 Bad Request\r\n\r\n', /sends what this command does not understand/],
    ['no greeting', '{"hello":1}\n', /sends what this command does not understand/],
    [
      'figures that can not be',
      `${greeting(1)}{"listening":true}\n{"figures":{"routes":[],"handlers":[],"requests":[[0,200,1e300,1,1,1,1,[]]],"runs":[]}}\n`,
      /sends what this command does not understand/
    ],
    [
      'a row that nobody told of',
      `${greeting(1)}{"listening":true}\n{"figures":{"routes":[],"handlers":[],"requests":[[5,200,1,1,1,1,1,[3,1]]],"runs":[]}}\n`,
      /sends what this command does not understand/
    ],
    [
      'a refusal that would colour the screen',
      `${greeting(1)}{"refused":"\\u001b[31mno"}\n`,
      /refuses: \\u001b\[31mno/
    ]
  ] as const) {
    it(`and sends ${what} is found out`, async () => {
      const { code, stderr } = await pretending(says)
      assert.equal(code, 1, stderr)
      assert.match(stderr, why)
    })
  }
})

describe('a request by the socket', linux, () => {
  it('is told with the status and the URL that the app wants to be told', async () => {
    const app = await start({ options: { name: 'x' } })
    const command = new Command(['trace', '-p', String(app.pid), '--json'], NOBODY)
    await command.printed(/tracing process/)
    const { status } = await request(app.port, '/fail?a=1')
    const [traced] = objects<{ url: string; status: number; method: string }>(
      (await command.end('SIGINT')).stdout
    )
    await app.stop()
    assert.deepEqual([traced?.method, traced?.url, traced?.status], ['GET', '/fail?a=1', status])
  })
})
