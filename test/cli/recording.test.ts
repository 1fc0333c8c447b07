import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type * as ReadModule from '../../dist/cli/recording/read'
import type * as RecorderModule from '../../dist/cli/recording/recorder'
import type * as RequestRecorderModule from '../../dist/cli/recording/request-recorder'
import type * as SlowestModule from '../../dist/cli/recording/slowest'
import type * as WriteModule from '../../dist/cli/recording/write'
import type * as RequestModule from '../../dist/cli/render/request'
import type * as ReadingModule from '../../dist/cli/sources/socket/reading'
import type * as FiguresModule from '../../dist/figures/figures'
import type * as GridModule from '../../dist/figures/grid'
import type { FinishedCall, FinishedHandler, FinishedRequest } from '../../dist/figures/request'
import { Attached } from '../support/attached'
import { Command, internal, objects, run } from '../support/cli'
import { request } from '../support/http'
import { tracing } from '../support/tracer'

const { Recorder } = internal<typeof RecorderModule>('recording/recorder')
const { RequestRecorder } = internal<typeof RequestRecorderModule>('recording/request-recorder')
const { readAnswer } = internal<typeof ReadingModule>('sources/socket/reading')
const { waterfall } = internal<typeof RequestModule>('render/request')
const { readRecording } = internal<typeof ReadModule>('recording/read')
const { Slowest } = internal<typeof SlowestModule>('recording/slowest')
const { recordingText } = internal<typeof WriteModule>('recording/write')
const { Figures } = internal<typeof FiguresModule>('../figures/figures')
const { MILLISECONDS } = internal<typeof GridModule>('../figures/grid')

const linux = { skip: process.platform !== 'linux' && 'processes are found by pid on Linux' }
const ATTACHED = path.join(__dirname, '..', 'fixtures', 'attached.js')
const TOLD = { version: '0.2.0', command: 'latency', title: 'process 1', notes: [], loops: [] }

const REQUEST: FinishedRequest = {
  pid: 1,
  id: 1,
  method: 'GET',
  url: '/',
  urlCut: false,
  route: 'get',
  status: 200,
  startMs: 0,
  durationNs: 0,
  handlers: []
}

describe('a recorder', () => {
  it('keeps all figures in a bounded number of slices of time', () => {
    const recorder = new Recorder(MILLISECONDS, 3)
    let grown = new Figures(MILLISECONDS)
    for (let second = 1; second <= 1000; second++) {
      grown = grown.since(new Figures(MILLISECONDS))
      grown.forgetExtremes()
      grown.route('get').requests.record(second * 1e6)
      const handler = grown.handler('get', 'show', 'a.js:1')
      handler.durations.record(second * 1e5)
      recorder.takeFigures(grown)
    }
    const recording = recorder.recording(TOLD)
    assert.ok(recording.slices.length > 10 && recording.slices.length <= 32, `${recording.slices.length}`)
    const read = readRecording(recordingText(recording))
    for (const { figures } of [recording, read]) {
      const { requests, handlers } = figures.routes.get('get') as FiguresModule.RouteFigures
      assert.deepEqual([requests.count, requests.minNs, requests.maxNs], [1000, 1e6, 1e9])
      assert.equal(requests.sumNs, 500_500e6)
      const [{ durations }] = [...handlers.values()] as [FiguresModule.HandlerFigures]
      assert.deepEqual([durations.count, durations.minNs, durations.maxNs], [1000, 1e5, 1e8])
    }
    const counts = read.slices.map(({ figures }) => figures.requests())
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      1000
    )
  })

  it('keeps the slowest requests of each route', () => {
    const slowest = new Slowest(3)
    for (const durationNs of [5, 1, 9, 3, 7, 9, 2]) slowest.add({ ...REQUEST, durationNs })
    slowest.add({ ...REQUEST, route: 'other', durationNs: 8 })
    assert.deepEqual(
      slowest.all().map(({ durationNs }) => durationNs),
      [7, 8, 9, 9]
    )
  })

  it('keeps fewer requests where each has much to tell, and says so', () => {
    const slowest = new Slowest(10, 100_000)
    for (let durationNs = 1; durationNs <= 40; durationNs++)
      for (const route of ['a', 'b'])
        slowest.add({ ...REQUEST, route, durationNs, url: `/${'x'.repeat(10_000)}` })
    assert.ok(slowest.most < 10 && slowest.most >= 3, String(slowest.most))
    const kept = slowest.all().map(({ durationNs }) => durationNs)
    assert.deepEqual([kept.length, kept.at(-1), kept[0]], [2 * slowest.most, 40, 41 - slowest.most])
    slowest.add({ ...REQUEST, url: `/${'x'.repeat(200_000)}`, durationNs: 100 })
    assert.equal(slowest.all().length, 0)
    const recorder = new Recorder(MILLISECONDS, 10)
    const handlers = Array.from({ length: 40 }, (_, i) => handler({ name: `middleware${i}` }))
    for (let route = 0; route < 200; route++)
      for (let i = 0; i < 50; i++)
        recorder.takeRequest({
          ...REQUEST,
          route: `r${route}`,
          durationNs: i,
          url: `/${'x'.repeat(9_000)}`,
          handlers
        })
    const { notes, requests } = recorder.recording(TOLD)
    assert.match(
      notes.join(),
      /^only the \d slowest requests of each route are kept: there was too much to tell/
    )
    assert.ok(JSON.stringify(requests).length < 30_000_000)
  })

  it('leaves out the address of the client, who is nobody that a recording is sent to', () => {
    const recorder = new Recorder(MILLISECONDS, 3)
    recorder.takeRequest({ ...REQUEST, client: '203.0.113.9' })
    assert.doesNotMatch(recordingText(recorder.recording(TOLD)), /203\.0\.113/)
  })

  it('makes what can be read again, whatever apps have told', () => {
    const told: Record<string, object>[] = [
      { request: { status: -1 } },
      { request: { status: 200.5 } },
      { request: { durationNs: -5 } },
      { request: { heldByOthers: [[-5, -5]] } },
      { request: { handlers: [handler({ durationNs: -1, busyNs: -1e9 })] } },
      { request: { handlers: [handler({ calls: [{ ...CALL, status: -1, respondedNs: -5e8 }] })] } }
    ]
    for (const { request } of told) {
      const recorder = new RequestRecorder(MILLISECONDS, 3)
      recorder.takeRequest({ ...REQUEST, ...request })
      recorder.end()
      const read = readRecording(recordingText(recorder.recording(TOLD)))
      assert.equal(read.requests.length, 1)
      assert.ok(waterfall(read.requests[0] as FinishedRequest, 80).every((row) => row.length > 0))
    }
    const row = [1, 200, 3, -5, 9e9, 1, -7, [10, 3]]
    const { figures } = readAnswer({
      figures: { routes: [[1, 'get', 'GET', '/']], handlers: [], requests: [row], runs: [] }
    })
    assert.deepEqual(figures?.requests, [[1, 200, 3, 0, 1, 1, 0, [10, 3]]])
  })

  it('keeps how many calls were left out', () => {
    const recorder = new Recorder(MILLISECONDS, 3)
    recorder.takeRequest({ ...REQUEST, callsLeftOut: 7 })
    assert.equal(readRecording(recordingText(recorder.recording(TOLD))).requests[0]?.callsLeftOut, 7)
  })
})

const CALL: FinishedCall = {
  method: 'GET',
  host: 'api',
  path: '/',
  status: 200,
  error: '',
  startNs: 0,
  respondedNs: 5e8,
  durationNs: 1e9,
  over: true
}

function handler(told: Partial<FinishedHandler>): FinishedHandler {
  return { name: 'show', location: 'a.js:1', startNs: 0, durationNs: 1e9, ...told }
}

describe('a recording', linux, () => {
  let app: Attached
  let folder: string
  before(async () => {
    app = await Attached.start()
    folder = mkdtempSync(path.join(tmpdir(), 'recordings-'))
  })
  after(async () => {
    rmSync(folder, { recursive: true })
    await app.stop()
  })

  async function send(port: number): Promise<void> {
    for (let i = 0; i < 20; i++) await request(port, `/wait/${i % 5}?token=secret&i=${i}`)
    await request(port, '/block/30')
    await request(port, '/fail')
  }

  async function recorded(file: string, args: readonly string[], where: readonly string[]) {
    const command = new Command([...args, '--record', file, ...where])
    await command.printed(/measuring|tracing/)
    const starts = where.includes('--')
    const port = starts ? Number((await command.printed(/listening: (\d+)/, 'stdout'))[1]) : app.port
    await send(port)
    return command.end('SIGINT')
  }

  for (const [way, where, options] of [
    ['by the socket', () => ['-p', String(app.pid), '--via', 'process'], {}],
    ['of an app that was started', () => ['--', process.execPath, ATTACHED], {}],
    ['by the kernel', () => ['-p', String(app.pid), '--via', 'kernel'], tracing()]
  ] as const)
    it(`made ${way} has the tables that were printed, and slow requests`, options, async () => {
      const file = path.join(folder, `${way}.json`)
      const { stdout, stderr, code } = await recorded(file, ['latency'], where())
      assert.equal(code, 0, stderr)
      assert.match(stderr, /written: /)
      assert.equal(statSync(file).mode & 0o777, 0o600)
      assert.doesNotMatch(readFileSync(file, 'utf8'), /secret/)
      const shown = await run(['show', file])
      assert.equal(shown.code, 0, shown.stderr)
      const printed = stdout.replace(/^listening.*\n/, '').trimEnd()
      assert.equal(shown.stdout.slice(0, printed.length), printed)
      assert.match(
        shown.stdout,
        /^\S+ +200 +\d+(\.\d+)? ms {2}GET +\/block\/:ms +\/block\/30\n {2}block +█{10}/m
      )
      const all = objects<{ type: string; url?: string; name?: string; count?: number }>(
        (await run(['show', file, '--json'])).stdout
      )
      const count = (name: string) => all.find((each) => each.type === 'route' && each.name === name)?.count
      assert.deepEqual([count('getwaitms'), count('getblockms'), count('getfail')], [20, 1, 1])
      const waits = all.filter(({ type, url }) => type === 'request' && url?.startsWith('/wait'))
      assert.equal(waits.length, 5)
      assert.equal(all.filter(({ url }) => url?.includes('[redacted]')).length, 5)
    })

  it('of trace has the requests that were wanted, and their figures', async () => {
    const file = path.join(folder, 'trace.json')
    const args = ['trace', '--query', 'i=1*', '--slower-than', '0.1']
    const { stderr } = await recorded(file, args, ['-p', String(app.pid)])
    const all = objects<{ type: string; count?: number; handlers?: unknown[] }>(
      (await run(['show', file, '--json'])).stdout
    )
    const requests = all.filter(({ type }) => type === 'request')
    assert.equal(requests.length, 11, stderr)
    for (const { handlers } of requests) assert.equal(handlers?.length, 1)
    assert.equal(all.find(({ type }) => type === 'route')?.count, 11)
  })

  it('is not written where there is a file already, or a link, and where nothing was measured', async () => {
    const there = path.join(folder, 'there.json')
    writeFileSync(there, 'mine')
    const link = path.join(folder, 'link.json')
    symlinkSync(path.join(folder, 'elsewhere'), link)
    for (const file of [there, link]) {
      const { code, stderr } = await run(['latency', '-p', String(app.pid), '--record', file])
      assert.equal(code, 1)
      assert.match(stderr, /is there already, and is not overwritten\nRemove it, or give another name\./)
    }
    assert.equal(readFileSync(there, 'utf8'), 'mine')
    assert.ok(!existsSync(path.join(folder, 'elsewhere')))
    const { stderr } = await run(['latency', '-p', '1', '--record', path.join(folder, 'no', 'a.json')])
    assert.match(stderr, /a\.json can't be made: no such file or directory/)
    for (const name of ['-', 'reports/', '.', '..', ''])
      for (const option of ['--record', '--html']) {
        const { code, stderr } = await run(['latency', '-p', String(app.pid), `${option}=${name}`], {
          cwd: folder
        })
        assert.equal(code, 2)
        assert.match(stderr, new RegExp(`${option} takes the name of a file to write\n`))
      }
    const empty = path.join(folder, 'empty.json')
    for (const pid of [app.pid, 2 ** 22 + 1]) {
      await run(['latency', '-p', String(pid), '--duration', '0.1', '--record', empty])
      assert.ok(!existsSync(empty))
    }
  })

  it('is not read where it is something else, or of another format', async () => {
    const file = path.join(folder, 'read.json')
    const sized = path.join(folder, 'sized.json')
    writeFileSync(sized, '{}')
    truncateSync(sized, 40 * 1024 * 1024)
    const fifo = path.join(folder, 'fifo')
    spawnSync('mkfifo', [fifo])
    const refusals: [name: string, text: string | undefined, why: RegExp][] = [
      [path.join(folder, 'none'), undefined, /none can't be read \(ENOENT\)/],
      [folder, undefined, /is no file/],
      [fifo, undefined, /is no file/],
      [sized, undefined, /has more than 32 MB/],
      // Files that have no size, no end, or can't be read though they can be opened.
      ['/proc/self/pagemap', undefined, /(has more than 32 MB|can't be read \(EINVAL\))\n$/],
      ['/proc/self/mem', undefined, /mem can't be read \(EIO\)\n$/],
      [file, 'nonsense', /read\.json is no recording of restify-probes\n/],
      [file, '{"restifyProbes":{"recording":1}}', /is no recording of restify-probes\n/],
      [
        file,
        '{"restifyProbes":{"recording":0},"version":"0.1.9"}',
        /is a recording of format 0, made by restify-probes 0\.1\.9, which this release does not read\nThat release does: npx restify-probes@0\.1\.9 show /
      ],
      [
        file,
        '{"restifyProbes":{"recording":2},"version":"$(rm)"}',
        /is a recording of format 2, which this release does not read\n$/
      ]
    ]
    for (const [name, text, why] of refusals) {
      if (text !== undefined) writeFileSync(name, text)
      const { code, stderr } = await run(['show', name])
      assert.equal(code, 1, name)
      assert.match(stderr, why)
    }
  })
})
