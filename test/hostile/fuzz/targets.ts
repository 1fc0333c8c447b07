import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import restifyProbes from 'restify-probes'
import type * as SocketProtocolModule from '../../../dist/aggregate/protocol'
import type * as ComparisonModule from '../../../dist/cli/compare/comparison'
import type * as ReadReportModule from '../../../dist/cli/inject/read-report'
import type * as PrintableModule from '../../../dist/cli/printable'
import type * as ElfModule from '../../../dist/cli/processes/elf'
import type * as MapsModule from '../../../dist/cli/processes/maps'
import type * as ProcTextModule from '../../../dist/cli/processes/proc-text'
import type * as ReadModule from '../../../dist/cli/recording/read'
import type * as WriteModule from '../../../dist/cli/recording/write'
import type * as ComparisonRenderModule from '../../../dist/cli/render/comparison'
import type * as EventLoopModule from '../../../dist/cli/render/event-loop'
import type * as JsonModule from '../../../dist/cli/render/json'
import type * as LatencyModule from '../../../dist/cli/render/latency'
import type * as RecordingModule from '../../../dist/cli/render/recording'
import type * as RequestModule from '../../../dist/cli/render/request'
import type * as TextModule from '../../../dist/cli/render/text'
import type * as ScreenModule from '../../../dist/cli/render/top/screen'
import type * as FailureModule from '../../../dist/cli/sources/bpftrace/failure'
import type * as MessageModule from '../../../dist/cli/sources/bpftrace/message'
import type * as CheckedModule from '../../../dist/cli/sources/checked-json'
import type * as ProtocolModule from '../../../dist/cli/sources/child/protocol'
import type * as ChildModule from '../../../dist/cli/sources/child/reading'
import type * as GroupingModule from '../../../dist/cli/sources/grouping'
import type * as LinesModule from '../../../dist/cli/sources/lines'
import type * as SocketModule from '../../../dist/cli/sources/socket/reading'
import type * as CollectModule from '../../../dist/figures/collect'
import type * as FiguresModule from '../../../dist/figures/figures'
import type * as GridModule from '../../../dist/figures/grid'
import type * as HistoryModule from '../../../dist/figures/history'
import type * as RatesModule from '../../../dist/figures/rates'
import type { FinishedRequest } from '../../../dist/figures/request'
import type * as CredentialsModule from '../../../dist/redaction/credentials'
import { internal } from '../../support/cli'
import { withNotes } from '../elf'
import type { Random } from './random'

const { commandWithoutSecrets, requestWithoutCredentials } =
  internal<typeof CredentialsModule>('../redaction/credentials')
const { readInjectionReport } = internal<typeof ReadReportModule>('inject/read-report')
const { line, printable, printableLines } = internal<typeof PrintableModule>('printable')
const { probesIn } = internal<typeof ElfModule>('processes/elf')
const { addonsIn } = internal<typeof MapsModule>('processes/maps')
const { statFields, userIdsIn, wordsOf } = internal<typeof ProcTextModule>('processes/proc-text')
const { latencyDistributions, latencyTable, sortFigures } = internal<typeof LatencyModule>('render/latency')
const { latencyJson, ratesJson, requestJson } = internal<typeof JsonModule>('render/json')
const { RequestColumns, waterfall } = internal<typeof RequestModule>('render/request')
const { describeCommand, fit } = internal<typeof TextModule>('render/text')
const { screenLines } = internal<typeof ScreenModule>('render/top/screen')
const { failureOf } = internal<typeof FailureModule>('sources/bpftrace/failure')
const { parseMessage } = internal<typeof MessageModule>('sources/bpftrace/message')
const { Malformed, parseJson } = internal<typeof CheckedModule>('sources/checked-json')
const { readChildReport } = internal<typeof ChildModule>('sources/child/reading')
const { MAX_LINE } = internal<typeof ProtocolModule>('sources/child/protocol')
const { MAX_ANSWER } = internal<typeof SocketProtocolModule>('../aggregate/protocol')
const { valueIn } = internal<typeof GroupingModule>('sources/grouping')
const { OtherFormat, readRecording } = internal<typeof ReadModule>('recording/read')
const { compareRecordings } = internal<typeof ComparisonModule>('compare/comparison')
const { comparisonSentences, comparisonTable } = internal<typeof ComparisonRenderModule>('render/comparison')
const { recordingText } = internal<typeof WriteModule>('recording/write')
const { recordingTitle } = internal<typeof RecordingModule>('render/recording')
const { loopSentence } = internal<typeof EventLoopModule>('render/event-loop')
const { Lines } = internal<typeof LinesModule>('sources/lines')
const { readAnswer, readGreeting, readRequests } = internal<typeof SocketModule>('sources/socket/reading')
const { collect } = internal<typeof CollectModule>('../figures/collect')
const { Figures } = internal<typeof FiguresModule>('../figures/figures')
const { GRIDS } = internal<typeof GridModule>('../figures/grid')
const { History } = internal<typeof HistoryModule>('../figures/history')
const { ratesOf } = internal<typeof RatesModule>('../figures/rates')

/** Makes up something that the command could read; what it returns reads it. */
export type Target = (random: Random) => () => void

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

/** Asserts that a line that is printed has nothing in it that a terminal acts upon. */
function assertPrintable(text: string): void {
  assert.doesNotMatch(text, UNSAFE)
}

/** The longest URL or headers that are read, in characters. */
const MAX_URL = 64 * 1024

/** The number of a line's requests that are shown: the command shows them one by one. */
const MOST_SHOWN = 20

const addon = readFileSync(restifyProbes.status().addon as string)
const HEADER = 64

function readable(bytes: Buffer) {
  return {
    size: bytes.length,
    read: (offset: number, length: number) =>
      offset >= 0 && length >= 0 && offset + length <= bytes.length
        ? Buffer.from(bytes.subarray(offset, offset + length))
        : undefined
  }
}

function note(random: Random): Buffer {
  const texts = ['restify', random.of(['route__start', 'x', '']), random.of(['8@%rdi', '@', random.text()])]
  const description = Buffer.concat([random.bytes(24), Buffer.from(`${texts.join('\0')}\0`)])
  const head = Buffer.alloc(12)
  const sizes = [8, 0, 0xffffffff, 0xfffffff4, random.below(100)]
  head.writeUInt32LE(random.chance(0.7) ? 8 : random.of(sizes), 0)
  head.writeUInt32LE(random.chance(0.7) ? description.length : random.of(sizes), 4)
  head.writeUInt32LE(random.chance(0.9) ? 3 : random.below(5), 8)
  return Buffer.concat([head, Buffer.from('stapsdt\0'), description, Buffer.alloc(random.below(4))])
}

const MAPS = `5581c0000000-5581c0001000 r--p 00000000 08:01 1234 /usr/bin/node
7f0000000000-7f0000001000 r--p 00000000 08:01 99 /srv/restify_probes.node
7f0000001000-7f0000002000 r-xp 00001000 08:01 99 /srv/restify_probes.node
7f0000003000-7f0000004000 r--p 00000000 08:01 98 /srv/a b/restify-probes.napi.node (deleted)
7ffc00000000-7ffc00001000 rw-p 00000000 00:00 0 [stack]
`
const STAT = `4711 (node) a) S 1 4711 4711 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 11 0 123456 1 2 3\n`
const STATUS = `Name:\tnode\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t1000\t1000\t1000\t1000\nNSpid:\t4711\t7\n`

const REQUEST: FinishedRequest = {
  pid: 4711,
  id: 7,
  method: 'GET',
  url: '/a?b=c',
  urlCut: false,
  route: 'geta',
  routePath: '/a',
  status: 200,
  startMs: 1.7e12,
  durationNs: 5e6,
  requestHeaders: '{"b":"c"}',
  heldByOthers: [[1, 2]],
  handlers: [
    { name: 'first', location: 'a.js:1', startNs: 0, durationNs: 1e6, busyNs: 10 },
    { name: 'second', location: '', startNs: 1e6, durationNs: 4e6 }
  ]
}

const MESSAGES = [
  { type: 'attached_probes', data: { probes: 7 } },
  { type: 'printf', data: 'n\t1\t140000000000\tgeta\n' },
  { type: 'map', data: { '@routes_sum': { '1,140000000000': 12345 } } },
  { type: 'hist', data: { '@routes': { '1,140000000000,0': [{ min: 1, max: 1, count: 3 }] } } },
  { type: 'lost_events', data: { events: 3 } },
  { type: 'helper_error', helper: 'map_update_elem', retcode: -7 }
]

const GREETING = { restifyProbes: { oldest: 1, newest: 1 }, version: '0.2.0', pid: 4711, thread: 0 }
const TALLY = [1, 5e6, 5e6, 5e6, 10, [3, 1]]
const ANSWER = {
  listening: true,
  figures: {
    routes: [[0, 'geta', 'GET', '/a']],
    handlers: [[0, 0, 'first', 1, 'a.js:1']],
    requests: [[0, 200, ...TALLY]],
    runs: [[0, ...TALLY]]
  },
  beat: {
    intervalMs: 1000,
    delayMs: { p50: 1, p99: 2, max: 3 },
    utilization: 0.5,
    gcMs: 1,
    heapUsed: 1,
    heapTotal: 2,
    rss: 3,
    cpuMs: 4,
    seen: 5,
    lost: 0,
    routes: ['geta'],
    stalls: [[1e12, 12.5, 11]],
    collections: [[1e12, 0.7]]
  },
  requests: [
    {
      ...REQUEST,
      path: '/a',
      client: '::1',
      handlers: REQUEST.handlers.map((one) => ({ ...one, busyNs: 1 }))
    }
  ]
}
const INJECTION = {
  servers: [
    {
      address: '3000',
      apps: [{ framework: 'express', middleware: 'injected' }],
      waiting: false,
      listener: ''
    }
  ],
  attach: { message: 'a socket is offered' }
}

const LOOP = {
  ms: 1000,
  delayP50Ms: 1,
  delayP99Ms: 2,
  delayMaxMs: 3,
  busyMs: 500,
  gcMs: 1,
  cpuMs: 4,
  heapUsed: 1,
  rss: 3
}
const DURATIONS = {
  minNs: 5e6,
  maxNs: 6e6,
  slices: [
    [0, 5e6, 3, 1],
    [1, 6e6, 3, 1, 4, 2]
  ]
}
const RECORDING = {
  restifyProbes: { recording: 1 },
  version: '0.2.0',
  command: 'latency',
  title: 'process 4711 (node a.js)',
  notes: ['x'],
  loops: [{ pid: 1, thread: 0, last: LOOP, whole: LOOP }],
  unit: 'ms',
  requests: [REQUEST],
  began: '2026-11-26T03:36:43.000Z',
  ended: '2026-11-26T03:36:49.000Z',
  slices: [1, 1, 1, 1, 1, 1],
  routes: [
    {
      name: 'geta',
      method: 'GET',
      path: '/a',
      errors: 1,
      requests: DURATIONS,
      handlers: [{ name: 'first', location: 'a.js:1', busyNs: 10, durations: DURATIONS }]
    }
  ]
}

/** A line of JSON like that one, perhaps cut, damaged, or of any depth. */
function lineOf(random: Random, value: unknown, longest: number): string {
  if (random.chance(0.01)) return '[{"a":'.repeat(random.size(longest / 6))
  const text = random.damaged(JSON.stringify(random.changed(value, random.of([0, 0.02, 0.2]))))
  // A longer line is not read at all.
  return text.slice(0, longest)
}

/** Runs what may say that it was given nonsense, and nothing else. */
function refusing(read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof Malformed || error instanceof OtherFormat)) throw error
  }
}

/** Makes of requests all that is made before they are on a terminal or in a file. */
function show(told: FinishedRequest[]): void {
  const requests = told.map(requestWithoutCredentials)
  for (const grid of Object.values(GRIDS)) {
    const figures = new Figures(grid)
    for (const request of requests) collect(figures, request)
    showFigures(figures)
    const history = new History(grid)
    history.add(figures, 1)
    for (const text of topScreens(history.minute, requests)) assertPrintable(text)
  }
  for (const request of requests) {
    const columns = new RequestColumns({ names: 'path', width: 80, pid: true })
    assertPrintable(columns.line(request))
    for (const kind of ['header', 'query'] as const)
      assertPrintable(printable(valueIn(request, { kind, name: 'b' })))
    for (const bar of waterfall(request, 80)) assertPrintable(bar)
    assertPrintable(printable(JSON.stringify(requestJson(request, true))))
  }
}

/** The table, with the first route opened or not. */
function topScreens(minute: HistoryModule.Minute, requests: readonly FinishedRequest[]): string[] {
  const { routes } = minute
  const screen = {
    heading: { title: line`x`, paused: false, lost: 0 },
    rows: routes,
    shown: routes,
    sort: 'time' as const,
    names: 'path' as const,
    selected: 0,
    filter: '',
    typing: false,
    help: false
  }
  const route = routes[0]?.route ?? ''
  const opened = { ...screen, route: { route, minute: minute.route(route), slow: requests } }
  return [...screenLines(screen, 80, 24), ...screenLines(opened, 120, 40)]
}

function showFigures(figures: FiguresModule.Figures): void {
  const asked = { routes: true, handlers: true, total: false, names: 'path' as const }
  const rows = sortFigures(figures, asked)
  for (const text of latencyTable(rows, asked, true, { width: 80 })) assertPrintable(text)
  for (const text of latencyDistributions(rows, asked, true).split('\n')) assertPrintable(text)
  for (const each of latencyJson(rows, asked)) assertPrintable(printable(JSON.stringify(each)))
  for (const each of ratesOf(figures, 1))
    assertPrintable(printable(JSON.stringify(ratesJson(each, new Date(), 1))))
}

export const TARGETS: Record<string, Target> = {
  /** The addon with some bytes changed, its tables most of all. */
  elf(random) {
    const bytes = Buffer.from(addon)
    const sections = Number(bytes.readBigUInt64LE(0x28))
    const starts = [0, HEADER, sections, bytes.indexOf('stapsdt') - 12, random.below(bytes.length)]
    for (let changes = random.size(20); changes > 0; changes--) {
      const at = Math.min(bytes.length - 1, random.of(starts) + random.below(400))
      bytes[at] = random.of([0, 1, 0xff, 0x7f, random.below(256)])
    }
    const file = random.chance(0.1) ? bytes.subarray(0, random.below(bytes.length)) : bytes
    return () => probesIn(readable(file))
  },

  notes(random) {
    const parts = Array.from({ length: random.size(200) }, () => note(random))
    const file = withNotes(Buffer.concat(random.chance(0.1) ? [random.bytes(random.size(70_000))] : parts))
    return () => probesIn(readable(file))
  },

  maps(random) {
    const text = random.damaged(random.damaged(MAPS)).repeat(random.size(100) + 1)
    return () => {
      const addons = addonsIn(text)
      assert.ok(addons.length <= 4)
      for (const { path, range } of addons) {
        assert.match(range, /^[0-9a-f]{1,16}-[0-9a-f]{1,16}$/)
        assertPrintable(printable(path))
      }
    }
  },

  proc(random) {
    const stat = random.damaged(STAT.replace('node', random.text()))
    const status = random.damaged(STATUS.replace('node', random.text()))
    const cmdline = Array.from({ length: random.size(500) }, () => random.text())
      .join('\0')
      .slice(0, 32 * 1024)
    return () => {
      statFields(stat)
      for (const id of userIdsIn(status) ?? []) assert.ok(Number.isFinite(id))
      assertPrintable(fit(describeCommand(wordsOf(cmdline)), 40))
    }
  },

  bpftrace(random) {
    const text = lineOf(random, random.of(MESSAGES), 1_000_000)
    return () => {
      const message = parseMessage(text)
      if (message?.type === 'lost_events') assert.ok(message.data.events >= 0)
      if (message?.type === 'printf') assertPrintable(printable(message.data))
    }
  },

  'bpftrace, its errors'(random) {
    const said = Array.from({ length: random.size(50) }, () => random.text()).join('\n')
    return () => {
      const { message, advice } = failureOf(said)
      for (const text of [message, ...advice]) assertPrintable(printable(text))
    }
  },

  'an app that was started'(random) {
    const reports = [{ pid: 4711 }, { called: true }, { lost: 3 }, { server: INJECTION.servers[0] }]
    const text = lineOf(random, random.chance(0.7) ? { request: REQUEST } : random.of(reports), MAX_LINE)
    return () =>
      refusing(() => {
        const report = readChildReport(text)
        if ('request' in report) show([report.request])
      })
  },

  'a process by its socket'(random) {
    const text = lineOf(random, random.chance(0.2) ? GREETING : ANSWER, MAX_ANSWER)
    return () => {
      let told: unknown
      refusing(() => {
        told = parseJson(text)
      })
      if (told === undefined) return
      refusing(() => readGreeting(told))
      refusing(() => readAnswer(told))
      refusing(() =>
        show(
          readRequests(told)
            .slice(0, MOST_SHOWN)
            .map((request) => ({ ...request, pid: 4711 }))
        )
      )
    }
  },

  'a recording'(random) {
    const text = lineOf(random, RECORDING, MAX_ANSWER)
    return () =>
      refusing(() => {
        const recording = readRecording(text)
        assertPrintable(recordingTitle(recording))
        for (const loop of recording.loops) assertPrintable(loopSentence(loop))
        showFigures(recording.figures)
        show(recording.requests.slice(0, MOST_SHOWN))
        readRecording(recordingText(recording))
        const compared = compareRecordings(recording, readRecording(JSON.stringify(RECORDING)))
        const asked = { names: 'path' as const, all: true }
        for (const row of comparisonTable(compared, asked, { width: 80 })) assertPrintable(row)
        for (const sentence of comparisonSentences(compared, 'path')) assertPrintable(sentence)
      })
  },

  credentials(random) {
    const text = (
      `https://u${random.of([':', '@', '/', ''])}`.repeat(random.size(3000)) + random.text()
    ).slice(0, MAX_URL)
    const url = random.damaged(`/login?user=a&token=${random.text()}&${text}`).slice(0, MAX_URL)
    const headers = JSON.stringify({ host: 'a', cookie: random.text(), referer: text })
    const requestHeaders = random.damaged(headers).slice(0, MAX_URL)
    const command = ['node', `--db=${text}`, '--token', random.text(), url]
    return () => {
      requestWithoutCredentials({ ...REQUEST, url, requestHeaders })
      commandWithoutSecrets(command)
    }
  },

  'a process that was injected'(random) {
    const told = random.changed(INJECTION, 0.2)
    return () => readInjectionReport(told)
  },

  lines(random) {
    const pieces = Array.from({ length: random.size(50) }, () => random.text())
    return () =>
      refusing(() => {
        const lines = new Lines(1000, (text) => assert.ok(text.length <= 1000 && !text.includes('\n')))
        for (const piece of pieces) lines.push(piece)
      })
  },

  printable(random) {
    const value = random.value()
    const text = random.text(1000)
    return () => {
      assertPrintable(printable(text))
      assert.equal(printable(printable(text)), printable(text))
      for (const each of printableLines(text).replaceAll('\t', '').split('\n')) assertPrintable(each)
      assert.deepEqual(JSON.parse(printable(JSON.stringify(value))), JSON.parse(JSON.stringify(value)))
    }
  }
}
