import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as PrintableModule from '../../dist/cli/printable'
import type * as DistributionBlockModule from '../../dist/cli/render/distribution'
import type * as DurationModule from '../../dist/cli/render/duration'
import type * as LatencyModule from '../../dist/cli/render/latency'
import type * as ListModule from '../../dist/cli/render/list'
import type * as ProcessesModule from '../../dist/cli/render/processes'
import type * as RequestModule from '../../dist/cli/render/request'
import type * as TextModule from '../../dist/cli/render/text'
import type * as DistributionModule from '../../dist/figures/distribution'
import type * as FiguresModule from '../../dist/figures/figures'
import type * as GridModule from '../../dist/figures/grid'
import type { FinishedRequest } from '../../dist/figures/request'
import { internal } from '../support/cli'

const { Distribution } = internal<typeof DistributionModule>('../figures/distribution')
const { addBusy, describeRoute, Figures } = internal<typeof FiguresModule>('../figures/figures')
const { MILLISECONDS } = internal<typeof GridModule>('../figures/grid')
const { distributionBlock } = internal<typeof DistributionBlockModule>('render/distribution')
const { latencyDistributions, latencyTable, sortFigures } = internal<typeof LatencyModule>('render/latency')
const { duration } = internal<typeof DurationModule>('render/duration')
const { listLines } = internal<typeof ListModule>('render/list')
const { printable } = internal<typeof PrintableModule>('printable')
const { processesTitle } = internal<typeof ProcessesModule>('render/processes')
const { RequestColumns, waterfall } = internal<typeof RequestModule>('render/request')
const { cut, cutMiddle, fit, lengthOf } = internal<typeof TextModule>('render/text')
const { line } = internal<typeof PrintableModule>('printable')

const MS = 1e6

function distribution(...milliseconds: number[]) {
  const made = new Distribution(MILLISECONDS)
  for (const ms of milliseconds) made.record(ms * MS)
  return made
}

describe('distributions', () => {
  it("have the guide's layout, with the unit in the heading and quantiles below", () => {
    const block = (name: string, ...milliseconds: number[]) =>
      distributionBlock(printable(name), 'handler', distribution(...milliseconds))
    assert.equal(
      block('parseDate', 0.01, 0.01),
      `parseDate
ms  ------------- Distribution ------------- count
-1 |                                         0
0  |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@ 2
1  |                                         0
handler: count 2  p50 10.0 µs  p90 10.0 µs  p99 10.0 µs  min 10.0 µs  max 10.0 µs
`
    )
    assert.equal(
      block('slowHandler', ...Array(9).fill(250), 257),
      `slowHandler
ms   ------------- Distribution ------------- count
64  |                                         0
128 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@     9
256 |@@@@                                     1
512 |                                         0
handler: count 10  p50 253 ms  p90 256 ms  p99 257 ms  min 250 ms  max 257 ms
`
    )
  })
})

describe('the table of latency', () => {
  const asked = { routes: true, handlers: true, total: false, names: 'path' as const }

  function figures() {
    const all = new Figures(MILLISECONDS)
    const add = (route: string, path: string, ms: number) => {
      describeRoute(all.route(route), 'GET', path)
      all.route(route).requests.record(ms * MS)
    }
    const run = (route: string, name: string, location: string, ms: number, busyMs?: number) => {
      const handler = all.handler(route, name, location)
      handler.durations.record(ms * MS)
      addBusy(handler, busyMs === undefined ? undefined : busyMs * MS)
    }
    add('getslow', '/slow', 100)
    run('getslow', 'requireAuth', 'auth.ts:3', 80, 1)
    run('getslow', 'handler-4', 'src/slow.ts:10', 15, 15)
    add('getquick', '/quick/:id', 10)
    run('getquick', 'asyncWrap', 'a.ts:1', 4)
    run('getquick', 'asyncWrap', 'b.ts:2', 6)
    all.route('getquick').errors++
    return all
  }

  it('has each route, the slowest last, and below it its handlers, most of the time last', () => {
    assert.deepEqual(latencyTable(sortFigures(figures(), asked), asked, false), [
      'ROUTE, HANDLERS       COUNT  ERRORS      P50      P90      P99      MAX  TIME     BUSY  WAITING',
      'GET /quick/:id            1       1  10.0 ms  10.0 ms  10.0 ms  10.0 ms',
      '  asyncWrap (a.ts:1)      1          4.00 ms  4.00 ms  4.00 ms  4.00 ms  40 %',
      '  asyncWrap (b.ts:2)      1          6.00 ms  6.00 ms  6.00 ms  6.00 ms  60 %',
      'GET /slow                 1           100 ms   100 ms   100 ms   100 ms',
      '  src/slow.ts:10          1          15.0 ms  15.0 ms  15.0 ms  15.0 ms  15 %  15.0 ms  0.00 µs',
      '  requireAuth             1          80.0 ms  80.0 ms  80.0 ms  80.0 ms  80 %  1.00 ms  79.0 ms'
    ])
  })

  it('has one route by any of its names, and names of the probes if asked', () => {
    for (const route of ['getslow', '/slow', 'GET /slow']) {
      const wanted = { ...asked, route, names: 'probe' as const }
      const [, ...lines] = latencyTable(sortFigures(figures(), wanted), wanted, false)
      assert.deepEqual(
        lines.map((text) => text.split('  ').find((cell) => cell !== '')),
        ['getslow', 'src/slow.ts:10', 'requireAuth']
      )
    }
  })

  it('has handlers over all routes if asked', () => {
    const total = { ...asked, total: true }
    const lines = latencyTable(sortFigures(figures(), total), total, false)
    assert.equal(lines[3], 'All routes')
    assert.match(lines[4] as string, /^ {2}asyncWrap \(a\.ts:1\) .* 4 %$/)
    assert.match(lines.at(-1) as string, /^ {2}requireAuth .* 73 % /)
  })

  it('fits a terminal, and has handlers that take little in one line', () => {
    const many = figures()
    for (let i = 0; i < 20; i++)
      many.handler('getslow', `aHandlerWithALongName${i}`).durations.record(MS / 10)
    for (const width of [60, 80, 120]) {
      const lines = latencyTable(sortFigures(many, asked), asked, false, { width })
      for (const text of lines) assert.ok([...text].length <= width, `${width}: ${text}`)
      assert.ok(
        lines.some((text) => /^ {2}12 more .* 1 %$/.test(text)),
        lines.join('\n')
      )
      assert.equal(latencyTable(sortFigures(many, asked), asked, true, { width }).length, lines.length + 11)
    }
  })

  it('is followed by the distributions of what is slowest and of what takes most time, or of all', () => {
    const many = figures()
    for (let i = 0; i < 20; i++) many.route('getquick').requests.record(9 * MS)
    for (let i = 0; i < 3; i++) many.route('getrare').requests.record(MS)
    const titles = (all: boolean, route?: string) =>
      latencyDistributions(sortFigures(many, { ...asked, route }), { ...asked, route }, all)
        .split('\n')
        .filter((_, index, lines) => / Distribution /.test(lines[index + 1] ?? ''))
    const quick = ['GET /quick/:id', 'asyncWrap (b.ts:2), in GET /quick/:id']
    const slow = ['GET /slow', 'requireAuth, in GET /slow']
    assert.deepEqual(titles(false), [...quick, ...slow])
    assert.equal(titles(true).length, 7)
    assert.equal(titles(false, 'getquick').length, 3)
  })
})

describe('durations', () => {
  it('have three figures and the unit that fits', () => {
    assert.deepEqual([0, 850, 1234, 12_340, 999_400, 999_900, 250 * MS, 1500 * MS, 61e9].map(duration), [
      '0.00 µs',
      '0.85 µs',
      '1.23 µs',
      '12.3 µs',
      '999 µs',
      '1.00 ms',
      '250 ms',
      '1.50 s',
      '61.0 s'
    ])
  })
})

describe('a request', () => {
  const request: FinishedRequest = {
    pid: 1,
    id: 7,
    method: 'GET',
    url: '/hello/mark',
    urlCut: false,
    route: 'getfoo',
    status: 200,
    startMs: 0,
    durationNs: 100 * MS,
    handlers: [
      { name: 'first', location: '', startNs: 0, durationNs: 0.1 * MS },
      { name: 'slow', location: '', startNs: 25 * MS, durationNs: 50 * MS },
      { name: 'last', location: '', startNs: 75 * MS, durationNs: 25 * MS }
    ]
  }

  function lineOf(shown: FinishedRequest, asked: Partial<RequestModule.RequestColumnsAsked> = {}): string {
    return new RequestColumns({ names: 'path', width: undefined, pid: false, ...asked }).line(shown)
  }

  it('has columns that stay where they are, within the terminal', () => {
    const long = {
      ...request,
      url: `/hello/${'x'.repeat(300)}?sort=down`,
      routePath: `/${'very/'.repeat(20)}:long`
    }
    const values = [{ heading: line`x-tenant`, of: () => line`acme` }]
    for (const width of [80, 120, 200])
      for (const pid of [false, true])
        for (const more of [[], values, Array(8).fill(values[0])]) {
          const columns = new RequestColumns({ names: 'path', width, pid, values: more })
          const lines = [columns.heading(), columns.line(long), columns.line(request)].map((each) => [
            ...each
          ])
          for (const each of lines) assert.ok(each.length <= width, `${width}: ${each.join('')}`)
          const [heading, ...rows] = lines.map((each) => each.join(''))
          const at = (heading as string).indexOf('URL')
          assert.equal((rows[1] as string).indexOf('/hello/mark'), at)
          assert.match((rows[0] as string).slice(at), /^\/hell.*=down$/)
        }
  })

  it('shows when it waited and another request held the event loop', () => {
    const handlers = [{ name: 'show', location: '', startNs: 0, durationNs: 100 * MS, busyNs: 20 * MS }]
    const [bar] = waterfall({ ...request, handlers, heldByOthers: [[50 * MS, 30 * MS]] }, 24) as string[]
    assert.match(bar as string, /^ {2}show {2}██░░░▒▒▒░░ {2}/)
  })

  it('is a line', () => {
    assert.match(
      lineOf(request),
      /^\d\d:\d\d:\d\d\.\d{3} {2} {3}200 {3}100 ms {2}GET {6}getfoo {20}\/hello\/mark$/
    )
  })

  it('is marked where its URL was cut', () => {
    assert.match(lineOf({ ...request, urlCut: true }), / {2}\/hello\/mark…\(cut\)$/)
  })

  it('shows what a handler without a name is by where it was written, and when it waited', () => {
    const handlers = [
      { name: 'handler-0', location: 'catalog.ts:10', startNs: 0, durationNs: 50, busyNs: 50 },
      { name: 'show', location: 'catalog.ts:20', startNs: 50, durationNs: 50, busyNs: 10 }
    ]
    const described = { ...request, durationNs: 100, routePath: '/hello/:name', handlers }
    assert.match(lineOf(described), / {2}GET {6}\/hello\/:name {2,}\/hello\/mark$/)
    assert.match(lineOf(described, { names: 'probe' }), / {2}GET {6}getfoo {2,}/)
    const [first, second] = waterfall(described, 47) as string[]
    assert.match(first as string, /^ {2}catalog\.ts:10 {2}█{10} {10} {2}/)
    assert.match(second as string, /^ {2}show {9} {2} {10}█{2}░{8} {2}/)
  })

  it('shows what a wrapper runs by where that was written', () => {
    const handlers = [
      { name: 'asyncUtilWrap', location: 'users.ts:7', startNs: 0, durationNs: 50, busyNs: 50 },
      { name: 'asyncUtilWrap', location: '', startNs: 50, durationNs: 50, busyNs: 10 }
    ]
    const [located, unlocated] = waterfall({ ...request, durationNs: 100, handlers }, 60) as string[]
    assert.match(located as string, /^ {2}users\.ts:7 /)
    assert.match(unlocated as string, /^ {2}asyncUtilWrap /)
  })

  it("shows its handlers at their place on the request's time line", () => {
    // 2 for the margin, 5 for names, 2 and 2 between, 8 for durations: 40 for 100 ms.
    assert.deepEqual(waterfall(request, 59), [
      `  first  ▏${' '.repeat(39)}    100 µs`,
      `  slow   ${' '.repeat(10)}${'█'.repeat(20)}${' '.repeat(10)}   50.0 ms`,
      `  last   ${' '.repeat(30)}${'█'.repeat(10)}   25.0 ms`
    ])
  })

  it('can not move the cursor', () => {
    const hostile = lineOf({ ...request, route: 'a\x1b[2Jb\nc', url: '/\x9b31m' })
    assert.ok(hostile.includes('a\\u001b[2Jb\\u000ac'), hostile)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(hostile, /[\x00-\x1f\x7f-\x9f]/)
  })
})

describe('text', () => {
  it('is cut by characters, not by halves of them', () => {
    assert.equal(cut(line`𝒳𝒳𝒳𝒳`, 3), '𝒳𝒳…')
    assert.equal(cut(line`abc`, 3), 'abc')
    assert.equal(cutMiddle(line`𝒳𝒳𝒳𝒳𝒴`, 4), '𝒳…𝒳𝒴')
  })

  it('is as wide as a terminal draws it', () => {
    const widths: [text: string, columns: number][] = [
      ['GET /plain', 10],
      ['商品一覧', 8],
      ['한국어', 6],
      ['\uff76\uff80', 2],
      ['e\u0301cole', 5],
      ['👍🏽', 4],
      ['█▒░→…▸±', 7]
    ]
    for (const [text, columns] of widths) assert.equal(lengthOf(text), columns, text)
    for (const text of [
      'GET /商品/:id/詳細',
      'GET /e\u0301e\u0301e\u0301/e\u0301e\u0301',
      '👍👍👍👍👍👍👍👍'
    ])
      for (let width = 1; width < 20; width++) {
        assert.equal(lengthOf(fit(printable(text), width)), width, `${text} ${width}`)
        assert.ok(lengthOf(cut(printable(text), width)) <= width)
      }
    assert.equal(cutMiddle(line`${printable('GET /商品/:id/詳細')}`, 12), 'GET /…d/詳細')
    assert.equal(cut(line`${printable('商品一覧')}`, 4), '商…')
  })
})

function carrier(pid: number, ...command: string[]) {
  const user = { id: 1000, name: 'shop' }
  const known = { userIds: [1000, 1000, 1000, 1000], program: '1 2', startTicks: 1, uptimeSeconds: 1 }
  return { ...known, pid, command, user, addons: [], sockets: [] }
}

describe('the list of processes', () => {
  const addon = '/srv/shop/node_modules/restify-probes/native/prebuilds/linux-x64/restify-probes.napi.node'
  const listed = (
    command: string[],
    more: Partial<ListModule.ListedCarrier> = {},
    { deleted = false, refusal }: { deleted?: boolean; refusal?: string } = {}
  ): ListModule.ListedCarrier => ({
    ...carrier(12443, ...command),
    uptimeSeconds: 12_000,
    isTraced: false,
    listeners: 0,
    isSilent: false,
    ports: [3000],
    cwd: '/srv/shop/releases/2024-05-01',
    sockets: [{ folder: '/tmp/restify-probes-33', name: '12443-99.sock', thread: 0, uid: 33 }],
    addons: [
      {
        path: addon,
        deleted,
        inode: '',
        range: '',
        base: 0n,
        probes: refusal === undefined ? [] : undefined,
        ...(refusal === undefined ? {} : { refusal })
      }
    ],
    ...more
  })
  const server = ['/usr/bin/node', '/srv/shop/releases/2024-05-01/dist/server.js']
  const lines = (carriers: ListModule.ListedCarrier[], width?: number) =>
    listLines(carriers, width) as string[] as [string, string, string]

  it('fits a terminal, with the ends of directories and of command lines', () => {
    const [heading, busy, silent] = lines(
      [listed(server, { isTraced: true, listeners: 2 }), listed(['node', 'a.js'], { isSilent: true })],
      80
    )
    for (const line of [heading, busy, silent]) assert.ok([...line].length <= 80, line)
    assert.match(heading, /^PID +USER +UPTIME +PORT +VIA +ATTACHED +CWD +COMMAND$/)
    assert.match(
      busy,
      /^12443 {2}shop {2}3h20m {3}3000 {2}both {2}kernel, 2 commands {2}\/\S*…\S*05-01 {2}node .*…\S*er\.js$/
    )
    assert.match(silent, / {2}does not answer {4,}\S+ {2}node a\.js$/)
  })

  it('tells by which way each can be traced', () => {
    const via = (more: Partial<ListModule.ListedCarrier>, addon = {}) =>
      lines([listed(['node'], more, addon)])[1].split(/ {2,}/)[4]
    assert.equal(via({}), 'both')
    assert.equal(via({ addons: [] }), 'process')
    assert.equal(via({ sockets: [] }), 'kernel')
    assert.equal(via({ sockets: [] }, { refusal: 'it is no addon' }), '-')
  })

  it('shows addons where one is not as it should be', () => {
    for (const [odd, end] of [
      [{ deleted: true }, '(deleted)'],
      [{ refusal: 'it is no addon' }, 'no addon)']
    ] as const) {
      const [heading, line] = lines([listed(['node', 'a.js'], {}, odd)], 120)
      assert.match(heading, / ADDON$/)
      assert.ok(line.endsWith(end), line)
      assert.ok([...line].length <= 120, line)
    }
    assert.doesNotMatch(lines([listed(['node', 'a.js'])], 120)[0], /ADDON/)
  })

  it('is whole where there is no terminal', () => {
    const [, line] = lines([listed(server, {}, { deleted: true })])
    assert.ok(line.endsWith(`  ${server.join(' ')}  ${addon} (deleted)`), line)
  })
})

describe('the processes that top follows', () => {
  it('are named with one command line for all that share it, and those that ended at the end', () => {
    const all = [carrier(7, 'node', 'a.js'), carrier(8, 'node', 'a.js'), carrier(9, 'node', 'b.js')]
    assert.equal(processesTitle(all), 'processes 7, 8 (node a.js), process 9 (node b.js)')
    assert.equal(
      processesTitle(all, ({ pid }) => pid !== 7),
      'process 8 (node a.js), process 9 (node b.js), process 7 (ended: node a.js)'
    )
    assert.equal(
      processesTitle(all, () => false),
      'processes 7, 8 (ended: node a.js), process 9 (ended: node b.js)'
    )
  })
})
