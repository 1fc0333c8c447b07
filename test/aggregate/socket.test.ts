import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Attached } from '../support/attached'
import { SocketClient } from '../support/socket-client'

const unix = { skip: process.platform === 'win32' && 'pipes of Windows have no folder' }
const PROTOCOL = 1

function fixture(name: string): string {
  return path.join(__dirname, '..', 'fixtures', `${name}.js`)
}

/** The moments that a beat tells, each with its start and its length. */
interface Moments {
  stalls?: [number, number][]
  collections?: [number, number][]
}

/** The numbers of requests, and of runs of handlers, that lines tell of. */
function figuresIn(lines: readonly Record<string, unknown>[]): { requests: number; runs: number } {
  const sum = { requests: 0, runs: 0 }
  for (const { figures } of lines) {
    const { requests = [], runs = [] } = (figures ?? {}) as Record<string, number[][]>
    for (const [, , count = 0] of requests) sum.requests += count
    for (const [, count = 0] of runs) sum.runs += count
  }
  return sum
}

/** Waits for what a process tells of a request. */
async function toldOf(client: SocketClient, send: () => Promise<unknown>): Promise<object> {
  const before = client.lines.length
  // What was said before it has been read when the process answers on the same event loop a turn later.
  await setTimeout(50)
  await send()
  while (figuresIn(client.lines.slice(before)).requests === 0) await setTimeout(10)
  return figuresIn(client.lines.slice(before))
}

describe('the socket that a process offers', unix, () => {
  let app: Attached
  let file: string
  before(async () => {
    app = await Attached.start({ nodeOptions: ['--expose-gc'] })
    file = await app.socket()
  })
  after(() => app.stop())

  async function connected(): Promise<SocketClient> {
    return new SocketClient(file).connected()
  }

  it('is in a folder that its user alone can open', () => {
    const folder = lstatSync(path.dirname(file))
    assert.equal(folder.mode & 0o777, 0o700)
    assert.equal(folder.uid, process.getuid?.())
    assert.match(path.basename(file), new RegExp(`^${app.pid}-\\d+\\.sock$`))
  })

  it('speaks first, and tells what the process is', async () => {
    const client = await connected()
    const greeting = await client.told('restifyProbes')
    assert.equal(greeting.pid, app.pid)
    assert.match(greeting.version as string, /^\d+\.\d+\.\d+/)
    client.say({ protocol: PROTOCOL, ask: 'process' })
    const { process: told } = (await client.told('process')) as { process: Record<string, unknown> }
    assert.equal(told.cwd, process.cwd())
    assert.deepEqual(told.ports, [app.port])
    assert.match((told.command as string[]).at(-1) as string, /fixtures\/attached\.js$/)
    client.socket.destroy()
  })

  for (const [what, text, why] of [
    ['no JSON', 'x\n', /no line of JSON/],
    ['no object', '[]\n', /protocol 1 is spoken here/],
    ['another protocol', '{"protocol":9,"ask":"process"}\n', /protocol 1 is spoken here/],
    ['what it does not have', '{"protocol":1,"ask":"eval"}\n', /ask is process, figures/],
    ['a grid that there is not', '{"protocol":1,"ask":"figures","grid":"h"}\n', /grid is s, ms or us/],
    ['a status that is none', '{"protocol":1,"ask":"requests","statuses":[4]}\n', /statuses is a list/],
    [
      'handlers or not, otherwise',
      '{"protocol":1,"ask":"figures","grid":"s","handlers":1}\n',
      /handlers is true/
    ],
    ['handlers of nothing', '{"protocol":1,"ask":"handlers","wanted":true}\n', /no figures are listened to/],
    ['handlers, otherwise', '{"protocol":1,"ask":"handlers","wanted":"on"}\n', /wanted is true or false/],
    ['two things at once', '{"protocol":1,"ask":"figures","grid":"ms"}\n'.repeat(2), /listens once/],
    ['a line without an end', 'x'.repeat(20_000), /a line has at most/]
  ] as const) {
    it(`refuses ${what}, says why, and closes`, async () => {
      const client = await connected()
      client.say(text)
      assert.match((await client.told('refused')).refused as string, why)
      await client.closes()
    })
  }

  it('takes sixteen at a time', async () => {
    const clients = await Promise.all(Array.from({ length: 17 }, connected))
    await Promise.all(clients.map((client) => client.told('restifyProbes')))
    const refused = () => clients.filter(({ lines }) => lines.some((line) => 'refused' in line))
    while (refused().length === 0) await setTimeout(10)
    assert.equal(refused().length, 1)
    for (const { socket } of clients) socket.destroy()
    while ((await connected().then((client) => client.told('restifyProbes'))) === undefined);
  })

  it('tells figures and ends when it is asked to', async () => {
    const client = await connected()
    client.say({ protocol: PROTOCOL, ask: 'figures', grid: 'ms' })
    await client.told('listening')
    for (let i = 0; i < 5; i++) await app.get('/wait/20')
    client.say({ protocol: PROTOCOL, ask: 'end' })
    await client.closes()
    const messages = client.lines.flatMap(
      ({ figures }) => (figures as { requests: number[][] } | undefined) ?? []
    )
    const counts = messages.flatMap(({ requests }) => requests.map(([, , count]) => count))
    assert.equal(
      counts.reduce((sum = 0, count = 0) => sum + count, 0),
      5
    )
    assert.ok('ended' in (client.lines.at(-1) as object))
  })

  it('tells when the event loop did not turn, and garbage was collected, to who wants moments', async () => {
    const client = await connected()
    client.say({ protocol: PROTOCOL, ask: 'requests', headers: true, moments: true })
    await client.told('listening')
    const before = Date.now()
    await app.get('/block/60')
    // The app collects garbage when it is asked for this.
    await app.status()
    client.say({ protocol: PROTOCOL, ask: 'end' })
    await client.closes()
    const after = Date.now()
    const beats = client.lines.flatMap(({ beat }) => (beat === undefined ? [] : [beat as Moments]))
    const stalls = beats.flatMap(({ stalls = [] }) => stalls)
    const blocked = stalls.filter(([start, ms]) => start > before - 10 && start < after && ms > 45)
    assert.equal(blocked.length, 1, JSON.stringify(stalls))
    const collections = beats.flatMap(({ collections = [] }) => collections)
    assert.ok(
      collections.some(([start, ms]) => start > before - 10 && start < after && ms > 0),
      JSON.stringify(collections)
    )
    const requests = client.lines.flatMap(({ requests }) => (requests as { client: string }[]) ?? [])
    assert.match(requests[0]?.client ?? '', /127\.0\.0\.1$/)
  })

  it('tells figures without those of handlers, until these are wanted, and while they are', async () => {
    const client = await connected()
    client.say({ protocol: PROTOCOL, ask: 'figures', grid: 's', handlers: false })
    await client.told('listening')
    const counted = (wanted: boolean) => {
      client.say({ protocol: PROTOCOL, ask: 'handlers', wanted })
      return toldOf(client, () => app.get('/wait/1'))
    }
    assert.deepEqual(await toldOf(client, () => app.get('/wait/1')), { requests: 1, runs: 0 })
    assert.deepEqual(await counted(true), { requests: 1, runs: 1 })
    assert.deepEqual(await counted(false), { requests: 1, runs: 0 })
    client.socket.destroy()
  })

  it('tells the rest when the process exits', async () => {
    const ending = await Attached.start()
    const client = await new SocketClient(await ending.socket()).connected()
    client.say({ protocol: PROTOCOL, ask: 'figures', grid: 's' })
    await client.told('listening')
    await ending.get('/exit')
    await client.closes()
    assert.deepEqual(figuresIn(client.lines), { requests: 1, runs: 1 })
  })

  it('loses requests for who reads nothing, counts them, and takes no more memory for it', async () => {
    const stalled = await connected()
    stalled.say({ protocol: PROTOCOL, ask: 'requests', handlers: true })
    await stalled.told('listening')
    stalled.socket.pause()
    const url = `/wait/0?${'x'.repeat(6000)}`
    const send = async (count: number) => {
      for (let i = 0; i < count; i += 20) await Promise.all(Array.from({ length: 20 }, () => app.get(url)))
    }
    await send(1000)
    const { memory } = await app.status()
    await send(2000)
    const grown = (await app.status()).memory - memory
    // 2000 requests would take more than ten times as much.
    assert.ok(grown < 1_000_000, `${grown} bytes`)
    stalled.socket.resume()
    while (!stalled.lines.some(({ beat }) => ((beat as { lost: number })?.lost ?? 0) > 0))
      await setTimeout(50)
    const told = stalled.lines.flatMap(({ requests }) => (requests as unknown[]) ?? []).length
    const lost = stalled.lines.reduce((sum, { beat }) => sum + ((beat as { lost: number })?.lost ?? 0), 0)
    stalled.socket.destroy()
    // Its two questions after its status are requests, too.
    assert.equal(told + lost, 3002)
    assert.equal(app.stderr, '')
  })

  it('bears with those that vanish in the middle of a word', async () => {
    for (let i = 0; i < 100; i++) {
      const client = await connected()
      client.say(
        i % 2 === 0 ? '{"protocol":1,"ask":"fig' : { protocol: PROTOCOL, ask: 'requests', handlers: true }
      )
      if (i % 4 === 0) client.socket.end()
      else client.socket.destroy()
      await app.get('/wait/0')
    }
    assert.equal(app.stderr, '')
  })
})

describe('the socket is', unix, () => {
  it('removed when the process ends, and by the next one when it was killed', async () => {
    const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'sockets-'))
    const env = { TMPDIR: folder }
    const killed = await Attached.start({ env })
    const left = await killed.socket()
    await killed.stop('SIGKILL')
    assert.ok(existsSync(left))
    // A socket that has just been made is left alone: its process may not listen yet.
    spawnSync('touch', ['-d', '1 minute ago', left])
    const next = await Attached.start({ env })
    await next.status()
    while (existsSync(left)) await setTimeout(10)
    const file = await next.socket()
    assert.ok(statSync(file).isSocket())
    await next.stop()
    rmSync(folder, { recursive: true })
  })

  for (const [what, start, why] of [
    ['option attach is false', { options: { attach: false } }, /option attach is false/],
    ['RESTIFY_PROBES_ATTACH is 0', { env: { RESTIFY_PROBES_ATTACH: '0' } }, /RESTIFY_PROBES_ATTACH is "0"/],
    [
      'RESTIFY_PROBES_ATTACH is 0, whatever the app wants',
      { env: { RESTIFY_PROBES_ATTACH: '0' }, options: { attach: true } },
      /RESTIFY_PROBES_ATTACH is "0"/
    ]
  ] as const) {
    it(`not there where ${what}`, async () => {
      const app = await Attached.start(start)
      const { socket, message } = await app.status()
      await app.stop()
      assert.equal(socket, undefined)
      assert.match(message, /^commands can't attach: /)
      assert.match(message, why)
    })
  }

  it("not put into a folder that is another's, nor through a link", async () => {
    const base = mkdtempSync(path.join(realpathSync(tmpdir()), 'bases-'))
    const own = `restify-probes-${process.getuid?.()}`
    mkdirSync(path.join(base, 'elsewhere'))
    spawnSync('ln', ['-s', 'elsewhere', own], { cwd: base })
    const app = await Attached.start({ env: { TMPDIR: base, XDG_RUNTIME_DIR: '' } })
    const file = await app.socket()
    await app.stop()
    assert.equal(path.dirname(file), path.join('/tmp', own))
    rmSync(base, { recursive: true })
  })

  it('not there under --permission, and all else works', async () => {
    const flag =
      Number(process.versions.node.split('.')[0]) < 23 ? '--experimental-permission' : '--permission'
    const app = await Attached.start({
      nodeOptions: [flag, '--allow-fs-read=*', '--allow-addons', '--no-warnings']
    })
    const { socket, message } = await app.status()
    const answer = await app.get('/wait/1')
    await app.stop()
    assert.equal(socket, undefined)
    assert.match(message, /could not be opened: Access to this API has been restricted/)
    assert.equal(answer, 'waited')
  })

  it('no reason for a script to stay', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [fixture('done-at-once')], {
      encoding: 'utf8',
      timeout: 10_000
    })
    assert.match(stdout, /\.sock\n$/)
    assert.equal(stderr, '')
    assert.ok(!existsSync(stdout.trim()))
  })

  it('not opened in a vm context, unless it is asked for', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [fixture('vm-context')], { encoding: 'utf8' })
    const [first, second] = stdout.split('\n')
    assert.match(first as string, /this is a vm context/, stderr)
    assert.match(second as string, /attach at /)
  })
})
