import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type * as RecorderModule from '../../dist/cli/recording/recorder'
import type * as WriteModule from '../../dist/cli/recording/write'
import type * as CollectModule from '../../dist/figures/collect'
import type * as FiguresModule from '../../dist/figures/figures'
import type * as GridModule from '../../dist/figures/grid'
import type { FinishedRequest } from '../../dist/figures/request'
import { Random } from '../hostile/fuzz/random'
import { Browser, type View } from '../support/browser'
import { Command, internal, run } from '../support/cli'
import { missing, skipFor } from '../support/compulsory'
import { request } from '../support/http'

const { Recorder } = internal<typeof RecorderModule>('recording/recorder')
const { recordingText } = internal<typeof WriteModule>('recording/write')
const { collect } = internal<typeof CollectModule>('../figures/collect')
const { Figures } = internal<typeof FiguresModule>('../figures/figures')
const { MILLISECONDS } = internal<typeof GridModule>('../figures/grid')

const ATTACHED = path.join(__dirname, '..', 'fixtures', 'attached.js')
const MS = 1e6
const VIEWS: readonly View[] = [
  { width: 360, scheme: 'light' },
  { width: 360, scheme: 'dark' },
  { width: 1440, scheme: 'light' },
  { width: 1440, scheme: 'dark' }
]

const HOSTILE = [
  '<script>document.title = "taken over"; alert(1)</script>',
  '"><img src=x onerror="document.title = 1">',
  "'><svg/onload=alert(1)><style>main{display:none}</style>",
  '</title></style></summary><h1>mine</h1>&lt;b&gt;',
  '\u202egnp.exe\u0000\u001b[2J'
]

function requestWith(hostile: string, more: Partial<FinishedRequest> = {}): FinishedRequest {
  return {
    pid: 1,
    id: 1,
    method: 'GET',
    url: `/${hostile}?q=${hostile}`,
    urlCut: false,
    route: hostile,
    routePath: `/${hostile}`,
    status: 200,
    startMs: 1.7e12,
    durationNs: 100 * MS,
    handlers: [
      { name: hostile, location: hostile, startNs: 0, durationNs: 25 * MS, busyNs: 25 * MS },
      { name: 'waits', location: 'a.js:1', startNs: 25 * MS, durationNs: 50 * MS, busyNs: 10 * MS }
    ],
    heldByOthers: [[50 * MS, 20 * MS]],
    ...more
  }
}

/** The text of a recording of these requests. */
function recordingWith(requests: readonly FinishedRequest[], title: string): string {
  const recorder = new Recorder(MILLISECONDS, 5)
  const figures = new Figures(MILLISECONDS)
  for (const each of requests) {
    collect(figures, each)
    recorder.takeRequest(each)
  }
  recorder.takeFigures(figures)
  return recordingText(recorder.recording({ version: '1', command: title, title, notes: [title], loops: [] }))
}

describe('a page', skipFor(missing(['chromium'])), () => {
  let browser: Browser
  let folder: string
  before(() => {
    browser = new Browser()
    folder = mkdtempSync(path.join(tmpdir(), 'page-'))
  })
  after(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })

  async function pageOf(name: string, recording: string): Promise<string> {
    const file = path.join(folder, `${name}.json`)
    const html = path.join(folder, `${name}.html`)
    writeFileSync(file, recording)
    const { code, stderr } = await run(['show', file, '--html', html])
    assert.equal(code, 0, stderr)
    return html
  }

  for (const view of VIEWS)
    it(`is whole, loads nothing and fits, ${view.width} pixels wide and ${view.scheme}`, async () => {
      const long = 'averylongnamewithoutanyplacetobreakit'.repeat(8)
      const requests = [...HOSTILE, long].flatMap((text, i) => [
        requestWith(text, { durationNs: (100 + i) * MS }),
        requestWith(text, { status: 500 })
      ])
      const file = await pageOf(`whole-${view.width}-${view.scheme}`, recordingWith(requests, HOSTILE.join()))
      const page = await browser.open(file, view)
      assert.equal(await page.value('getComputedStyle(document.querySelector("main")).maxWidth'), '1180px')
      const width = await page.value<number>('document.documentElement.scrollWidth')
      assert.ok(width <= view.width, `${width}`)
      assert.equal(await page.value('document.querySelectorAll(".request").length'), requests.length)
      assert.deepEqual(page.complaints, [])
      assert.deepEqual(page.requests, [`file://${file}`])
    })

  it('shows what clients and apps call things as text, and nothing else', async () => {
    const requests = HOSTILE.map((text) => requestWith(text))
    const file = await pageOf('hostile', recordingWith(requests, HOSTILE.join()))
    const page = await browser.open(file, { width: 1440, scheme: 'light' })
    assert.equal(
      await page.value('document.querySelectorAll("script, img, iframe, link, object, main style").length'),
      0
    )
    assert.equal(await page.value('document.querySelectorAll("h1").length'), 1)
    const attributes =
      'Array.from(document.querySelectorAll("*")).flatMap((each) => each.getAttributeNames())'
    const names = await page.value<string[]>(`[...new Set(${attributes})]`)
    assert.ok(
      !names.some((name) => name.startsWith('on') || name === 'href' || name === 'src' || name === 'style')
    )
    const text = await page.value<string>('document.body.innerText')
    for (const hostile of HOSTILE.slice(0, 4)) assert.ok(text.includes(hostile), hostile)
    assert.ok(text.includes('\\u202egnp.exe\\u0000\\u001b[2J'))
    assert.match(await page.value<string>('document.title'), /^<script>.*restify-probes$/)
    assert.deepEqual(page.complaints, [])
    const policy = 'document.querySelector("meta[http-equiv=Content-Security-Policy]").content'
    assert.match(
      await page.value<string>(policy),
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'$/
    )
  })

  it('has its own colours for the dark', async () => {
    const file = await pageOf('dark', recordingWith([requestWith('a')], 'x'))
    const colours = async (scheme: View['scheme']) => {
      const page = await browser.open(file, { width: 1440, scheme })
      const of = (element: string, property: string) =>
        page.value<string>(`getComputedStyle(document.querySelector("${element}")).${property}`)
      const [ground, text] = [await of('body', 'backgroundColor'), await of('body', 'color')]
      assert.ok(Math.abs(brightness(ground) - brightness(text)) > 150, `${ground} ${text}`)
      return { ground: brightness(ground), held: await of('.held', 'fill'), picture: await page.picture() }
    }
    const [light, dark] = [await colours('light'), await colours('dark')]
    assert.ok(light.ground > 200 && dark.ground < 50)
    assert.notEqual(light.held, dark.held)
    assert.ok(!light.picture.equals(dark.picture))
  })

  it('has bars where handlers ran, held the event loop, and waited', async () => {
    const file = await pageOf('bars', recordingWith([requestWith('a')], 'x'))
    for (const width of [360, 1440]) {
      const page = await browser.open(file, { width, scheme: 'light' })
      const parts = await page.value<[string, number, number][]>(`
        [...document.querySelectorAll('.run')].flatMap((run) => {
          const track = run.querySelector('.track').getBoundingClientRect()
          return [...run.querySelectorAll('rect:not(.track)')].map((each) => {
            const { left, right } = each.getBoundingClientRect()
            return [each.getAttribute('class'), (left - track.left) / track.width, (right - track.left) / track.width]
          })
        })`)
      const rounded = parts.map(([kind, from, to]) => [kind, Math.round(from * 100), Math.round(to * 100)])
      assert.deepEqual(rounded, [
        ['held', 0, 25],
        ['waited', 35, 75],
        ['others', 50, 70],
        ['held', 25, 35]
      ])
    }
  })

  it('is written by compare, with what changed first', async () => {
    const random = new Random(3)
    const [before, after] = [1, 2].map((factor) => {
      const file = path.join(folder, `factor-${factor}.json`)
      const recorder = new Recorder(MILLISECONDS, 1)
      const figures = new Figures(MILLISECONDS)
      for (let second = 0; second < 10; second++) {
        for (let i = 0; i < 100; i++)
          for (const [route, ms] of [
            [HOSTILE[0] as string, 10 * factor],
            ['getsteady', 10]
          ] as const)
            figures.route(route).requests.record(ms * (1 + random.part()) * MS)
        const taken = figures.since(new Figures(MILLISECONDS))
        recorder.takeFigures(taken)
      }
      const told = { version: '1', command: 'latency', title: HOSTILE.join(), notes: [], loops: [] }
      writeFileSync(file, recordingText(recorder.recording(told)))
      return file
    }) as [string, string]
    const html = path.join(folder, 'compare.html')
    const { code, stderr } = await run(['compare', before, after, '--html', html])
    assert.equal(code, 0, stderr)
    for (const view of VIEWS) {
      const page = await browser.open(html, view)
      assert.ok((await page.value<number>('document.documentElement.scrollWidth')) <= view.width)
      assert.equal(await page.value('document.querySelectorAll("script, img, main style").length'), 0)
      const rows = await page.value<string[]>(
        '[...document.querySelectorAll("tbody tr")].map((row) => row.innerText)'
      )
      assert.match(rows[0] as string, /^<script>[\s\S]*slower, >99\.9 %/)
      assert.match(rows[1] as string, /^getsteady[\s\S]*same/)
      assert.deepEqual(page.complaints, [])
    }
  })

  it('is written by why, with what was found out above all else', async () => {
    const file = path.join(folder, 'why.html')
    const command = new Command(['why', '--html', file, '--duration', '3', '--', process.execPath, ATTACHED])
    const [, port] = await command.printed(/listening: (\d+)/, 'stdout')
    const end = Date.now() + 2000
    while (Date.now() < end)
      await Promise.all(['/block/40', '/wait/5', '/fail'].map((url) => request(Number(port), url)))
    const { stdout, stderr } = await command.end()
    const page = await browser.open(file, { width: 1440, scheme: 'light' })
    const [found] = /^.*makes GET \/block\/:ms slow: it blocks the event loop\.$/m.exec(stdout) ?? []
    assert.ok(found !== undefined, stdout + stderr)
    assert.equal(await page.value('document.querySelector(".findings b").innerText'), found)
    assert.ok((await page.value<number>('document.querySelectorAll(".request").length')) > 5)
    assert.deepEqual(page.complaints, [])
  })

  it('is written by latency and by trace, for its owner alone', async () => {
    for (const args of [['latency'], ['trace', '--url', 'block']]) {
      const file = path.join(folder, `${args[0]}-live.html`)
      const command = new Command([...args, '--html', file, '--', process.execPath, ATTACHED])
      const [, port] = await command.printed(/listening: (\d+)/, 'stdout')
      for (const url of ['/block/20', '/wait/1', '/fail?<b>', '/block/1?token=abc'])
        await request(Number(port), url)
      const { stderr } = await command.end('SIGINT')
      assert.match(stderr, /written: .*live\.html/)
      assert.equal(statSync(file).mode & 0o777, 0o600)
      assert.doesNotMatch(readFileSync(file, 'utf8'), /abc/)
      const page = await browser.open(file, { width: 1440, scheme: 'light' })
      const text = await page.value<string>('document.body.innerText')
      assert.match(text, /GET \/block\/:ms[\s\S]*GET \/block\/20/)
      assert.equal(/GET \/fail\?<b>/.test(text), args[0] === 'latency', text)
      assert.match(text, /token=\[redacted\]/)
      assert.deepEqual(page.complaints, [])
    }
  })
})

/** The brightness of a colour, from 0 to 255. */
function brightness(colour: string): number {
  const channels = (colour.match(/\d+/g) ?? []).slice(0, 3).map(Number)
  return channels.reduce((sum, channel) => sum + channel, 0) / 3
}
