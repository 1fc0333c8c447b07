import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Command, objects, run } from '../support/cli'
import { freePort } from '../support/http'
import { checkRoutes, type HandlerJson, type LatencyJson, loadRenamed, RENAMED } from '../support/renamed'
import { loadPort, ROUTES, routeName, SHOP } from '../support/shop'

interface Figures {
  type: string
  name: string
  count: number
}

interface TracedJson {
  type: string
  pid: number
  method: string
  url: string
  status: number
  durationNs: number
  route: string
  handlers?: { name: string; startNs: number; durationNs: number }[]
}

/** The shop, started by a command. */
async function listening(
  args: string[],
  app = [process.execPath, SHOP]
): Promise<{ command: Command; port: number }> {
  const port = await freePort()
  const env = { ...process.env, PORT: String(port), TMPDIR: tmpdir() }
  const command = new Command([...args, '--', ...app], { env })
  await command.printed(/listening: /, args.includes('--json') ? 'stderr' : 'stdout')
  return { command, port }
}

describe('an app that is started', () => {
  it('has every request and handler counted', async () => {
    const { command, port } = await listening(['latency', '--json'])
    await loadPort(port, 2000)
    const { stdout, stderr, code } = await command.end('SIGINT')
    assert.equal(code, 0, stderr)
    const figures = objects<Figures>(stdout)
    assert.equal(figures.filter(({ type }) => type === 'route').length, ROUTES)
    assert.equal(figures.filter(({ type }) => type === 'handler').length, 6 * ROUTES)
    for (const { name, count } of figures) assert.equal(count, 2000 / ROUTES, name)
  })

  it('has handlers below the route that the request ended in, with where they were written', async () => {
    const { command, port } = await listening(['latency', '--json'], [process.execPath, RENAMED])
    await loadRenamed(port, 5)
    const { stdout, stderr } = await command.end('SIGINT')
    const figures = objects<LatencyJson>(stdout)
    checkRoutes(figures, 5)
    const users = figures.find(({ name, type }) => type === 'route' && name === 'getapiusersid')
    assert.ok(users?.type === 'route')
    assert.deepEqual([users.method, users.path], ['GET', '/api/users/:id'], stderr)
    const auth = figures.find(({ name }) => name === 'requireAuth') as HandlerJson
    assert.match(auth.location ?? '', /^build\/test\/fixtures\/renamed\.[jt]s:\d+$/)
    // A timer of 100 ms does not hold the event loop.
    assert.ok((auth.busyNs ?? Number.NaN) < 50e6)
    const many = figures.filter((each) => each.type === 'handler' && each.route === 'getmany100')
    assert.equal(many.length, 100)
  })

  it('has a total of handlers over all routes, if asked', async () => {
    const { command, port } = await listening(
      ['latency', '--json', '--total', '--handlers'],
      [process.execPath, RENAMED]
    )
    await loadRenamed(port, 2)
    const { stdout } = await command.end('SIGINT')
    const total = objects<HandlerJson>(stdout)
    for (const { type, route } of total) assert.deepEqual([type, route], ['handler', null])
    assert.equal(total.find(({ name }) => name === 'rewriteUrl')?.count, 16)
    assert.equal(total.find(({ name }) => name === 'asyncWrap')?.count, 4)
  })

  it('has its requests shown, with handlers in the order in which they ran', async () => {
    const { command, port } = await listening(['trace', '--handlers', '--json'])
    await loadPort(port, ROUTES)
    await command.printed(/"route":"getr9id"/, 'stdout')
    const { stdout } = await command.end('SIGINT')
    const requests = objects<TracedJson>(stdout).filter(({ type }) => type === 'request')
    assert.equal(requests.length, ROUTES)
    const slow = requests.find(({ route }) => route === 'getr9id')
    assert.deepEqual(
      slow?.handlers?.map(({ name }) => name),
      ['r9step0', 'r9step1', 'r9step2', 'r9step3', 'r9step4', 'r9respond']
    )
    assert.deepEqual([slow?.method, slow?.url, slow?.status], ['GET', '/r9/9', 200])
    // A timer of 27 ms, in the last handler.
    const last = slow?.handlers?.at(-1)
    assert.ok((last?.durationNs ?? 0) >= 26e6 && (last?.durationNs ?? 0) <= (slow?.durationNs ?? 0))
  })

  it('has only those requests shown that are wanted', async () => {
    const { command, port } = await listening([
      'trace',
      '--json',
      '--status',
      '5xx,404',
      '--slower-than',
      '10'
    ])
    await loadPort(port, ROUTES)
    await loadPort(port, ROUTES, '?status=404')
    await loadPort(port, ROUTES, '?status=503')
    await command.printed(/"url":"\/r9\/9\?status=503"/, 'stdout')
    const { stdout } = await command.end('SIGINT')
    const shown = objects<TracedJson>(stdout).filter(({ type }) => type === 'request')
    // Routes 4 to 9 take 12 ms and more.
    for (const route of [4, 5, 6, 7, 8, 9])
      for (const status of [404, 503])
        assert.ok(shown.some((each) => each.route === `getr${route}id` && each.status === status))
    for (const { status, durationNs } of shown) assert.ok(status !== 200 && durationNs >= 10e6)
  })

  it('is said to have had other requests, or none, if none matched', async () => {
    const { command, port } = await listening(['trace', '--json', '--status', '418'])
    await loadPort(port, 2 * ROUTES)
    const { stdout, stderr } = await command.end('SIGINT')
    assert.equal(objects(stdout).length, 1)
    const [, routes] = /^restify-probes: 0 of 20 requests matched; the routes were: (.*)$/m.exec(stderr) ?? []
    assert.deepEqual(
      routes?.split(', ').sort(),
      Array.from({ length: ROUTES }, (_, i) => routeName(i)).sort()
    )

    const idle = await listening(['trace'])
    const { stderr: none } = await idle.command.end('SIGINT')
    assert.match(none, /^restify-probes: no request was seen$/m)
  })

  it('has rates', async () => {
    const { command, port } = await listening(['top', '--json'])
    await loadPort(port, 100, '?status=500')
    const rates = () =>
      objects<{
        route: string
        intervalNs: number
        requestsPerSecond: number
        errorsPerSecond: number
        slowestHandler: { name: string; share: number }
      }>(command.stdout.slice(0, command.stdout.lastIndexOf('\n') + 1))
    const count = (of: 'requestsPerSecond' | 'errorsPerSecond') =>
      rates().reduce((sum, each) => sum + Math.round((each[of] * each.intervalNs) / 1e9), 0)
    while (count('requestsPerSecond') < 100) await setTimeout(50)
    await command.end('SIGINT')
    assert.equal(count('requestsPerSecond'), 100)
    assert.equal(count('errorsPerSecond'), 100)
    assert.equal(new Set(rates().map(({ route }) => route)).size, ROUTES)
    const slow = rates().find(({ route }) => route === 'getr9id')?.slowestHandler
    assert.equal(slow?.name, 'r9respond')
    assert.ok(slow.share > 0.5 && slow.share <= 1)
  })

  it('may be a cluster, and have a parent between', async () => {
    const { command, port } = await listening(
      ['latency', '--json', '--routes'],
      ['/bin/sh', '-c', `"${process.execPath}" "${SHOP}" 3; exit $?`]
    )
    await loadPort(port, 300)
    const { stdout } = await command.end('SIGINT')
    for (const { name, count } of objects<Figures>(stdout)) assert.equal(count, 30, name)
  })

  it('keeps its standard streams, its NODE_OPTIONS and its arguments', async () => {
    const code = `
      process.stdin.on('data', (text) => {
        console.log(text + '|' + process.argv.slice(1) + '|' + process.title)
        console.error('to stderr')
        process.exit(7)
      })`
    const command = new Command(['latency', '--', process.execPath, '-e', code, 'x', '-p'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '--title=kept' }
    })
    command.process.stdin?.write('from stdin')
    const { code: status, stdout, stderr } = await command.end()
    assert.equal(status, 7)
    assert.match(stdout, /^from stdin\|x,-p\|kept$/m)
    assert.match(stderr, /^to stderr$/m)
    assert.match(stderr, /ended with status 7$/m)
    assert.match(stderr, /no request was seen/)
  })

  for (const name of ['latency', 'trace', 'top'])
    it(`leaves standard output to the JSON of ${name}`, async () => {
      const { stdout, stderr } = await run([
        name,
        '--json',
        '--',
        process.execPath,
        '-e',
        "console.log('from the app')"
      ])
      assert.match(stderr, /^from the app$/m)
      for (const { type } of objects(stdout)) assert.equal(type, 'lost')
    })

  it('gives its exit status, a signal as 128 and its number', async () => {
    const { code } = await run([
      'trace',
      '--',
      process.execPath,
      '-e',
      "process.kill(process.pid, 'SIGKILL')"
    ])
    assert.equal(code, 137)
    assert.equal((await run(['top', '--', process.execPath, '-e', ''])).code, 0)
  })

  it('is said to have had no connection, only if it neither had one nor called restifyProbes()', async () => {
    const call = "require('restify-probes')()"
    const server = "console.log('up'); setInterval(() => {}, 1000)"
    const cwd = path.dirname(SHOP)
    const hint = /no server of the app had a connection/
    for (const name of ['latency', 'trace', 'top']) {
      const app = (code: string) => run([name, '--', process.execPath, '-e', code], { cwd })
      const without = await app('')
      assert.equal(without.code, 0)
      assert.match(without.stderr, hint)
      assert.doesNotMatch((await app(call)).stderr, hint)
    }
    for (const code of [server, `${call}; ${server}`]) {
      const command = new Command(['latency', '--', process.execPath, '-e', code], { cwd })
      await command.printed(/up/, 'stdout')
      const { stderr } = await command.end('SIGINT')
      assert.equal(hint.test(stderr), code === server, stderr)
    }
    assert.doesNotMatch((await run(['trace', '--', 'true'])).stderr, hint)
  })

  it('loses nothing when it ends right after a response', async () => {
    const code = `
      const express = require('express')
      const app = express()
      app.use(require('restify-probes')())
      app.get('/', function last (req, res) { res.end() })
      const server = app.listen(0, async () => {
        await (await fetch('http://127.0.0.1:' + server.address().port)).text()
        process.exit()
      })`
    const file = path.join(path.dirname(SHOP), 'ends-at-once.js')
    writeFileSync(file, code)
    const { stdout, stderr } = await run(['latency', '--json', '--', process.execPath, file])
    rmSync(file)
    assert.deepEqual(
      objects<Figures>(stdout)
        .map(({ name, count }) => [name, count])
        .sort(),
      [
        ['get', 1],
        ['last', 1]
      ],
      stderr
    )
  })

  it('that can not be started is said so', async () => {
    const { code, stderr } = await run(['latency', '--', 'no-such-program'])
    assert.equal(code, 1)
    assert.match(stderr, /no-such-program could not be started: ENOENT/)
  })

  it('leaves nothing in the folder for temporary files', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'empty-'))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const command = new Command(
        ['latency', '--', process.execPath, '-e', 'console.log(1); setInterval(() => {}, 99)'],
        {
          env: { ...process.env, TMPDIR: folder }
        }
      )
      await command.printed(/1/, 'stdout')
      assert.equal(readdirSync(folder).length, 1)
      await command.end(signal)
      assert.deepEqual(readdirSync(folder), [])
    }
    rmSync(folder, { recursive: true })
  })
})

describe('an app that does not know of it', () => {
  it('does not load any of it', async () => {
    const code = `require('restify-probes')(); console.log(Object.keys(require.cache).join('\\n'))`
    const { execFileSync } = await import('node:child_process')
    const loaded = execFileSync(process.execPath, ['-e', code], { encoding: 'utf8', cwd: path.dirname(SHOP) })
    assert.match(loaded, /dist\/index\.js/)
    assert.doesNotMatch(loaded, /dist\/cli/)
  })
})
