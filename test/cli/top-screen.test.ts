import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as PrintableModule from '../../dist/cli/printable'
import type * as SparklineModule from '../../dist/cli/render/sparkline'
import type * as ScreenModule from '../../dist/cli/render/top/screen'
import type { TopRow } from '../../dist/cli/render/top/table'
import type { Style } from '../../dist/cli/terminal/style'
import type * as FiguresModule from '../../dist/figures/figures'
import type * as GridModule from '../../dist/figures/grid'
import type * as HistoryModule from '../../dist/figures/history'
import type * as RatesModule from '../../dist/figures/rates'
import type { FinishedRequest } from '../../dist/figures/request'
import { internal } from '../support/cli'

const { line } = internal<typeof PrintableModule>('printable')
const { sparkline } = internal<typeof SparklineModule>('render/sparkline')
const { lastLines, screenLines } = internal<typeof ScreenModule>('render/top/screen')
const { addBusy, Figures } = internal<typeof FiguresModule>('../figures/figures')
const { MILLISECONDS } = internal<typeof GridModule>('../figures/grid')
const { SORTS } = internal<typeof RatesModule>('../figures/rates')
const { History } = internal<typeof HistoryModule>('../figures/history')

const MS = 1e6

const rows: TopRow[] = Array.from({ length: 40 }, (_, i) => ({
  route: `getsomethingwithalongname${i}`,
  requestsPerSecond: 1000 - i,
  errorsPerSecond: i % 7 === 0 ? 1 : 0,
  p50Ns: i * MS,
  p90Ns: 2 * i * MS,
  p99Ns: 3 * i * MS,
  maxNs: 4 * i * MS,
  totalNs: i * 1000 * MS,
  timeShare: i / 780,
  overSeconds: i + 1,
  overRequests: 100,
  perSecond: [1, 2, 3],
  slowest: { name: `handlerWithALongName${i}`, share: 0.5 }
}))

const screen: ScreenModule.TopScreen = {
  heading: { title: line`process 1 (node app.js)`, paused: false, lost: 0 },
  rows,
  shown: rows,
  sort: 'time',
  names: 'path',
  selected: 0,
  filter: '',
  typing: false,
  help: false
}

/** A route with two handlers, as a minute has it. */
function opened(slow: readonly FinishedRequest[] | string): Partial<ScreenModule.TopScreen> {
  const history = new History(MILLISECONDS)
  const figures = new Figures(MILLISECONDS)
  Object.assign(figures.route('getusersid'), { method: 'GET', path: '/users/:id' })
  for (let i = 0; i < 10; i++) {
    figures.route('getusersid').requests.record(10 * MS)
    for (const [name, location, ms, busyMs] of [
      ['authenticate', 'lib/auth.js:7', 2, 2],
      ['handler-1', 'routes/users.js:40', 8, 1]
    ] as const) {
      const handler = figures.handler('getusersid', name, location)
      handler.durations.record(ms * MS)
      addBusy(handler, busyMs * MS)
    }
  }
  history.add(figures, 1)
  return { route: { route: 'getusersid', minute: history.minute.route('getusersid'), slow } }
}

const slow: FinishedRequest[] = Array.from({ length: 50 }, (_, i) => ({
  pid: 1,
  id: i,
  method: 'GET',
  url: `/users/${i}?${'with=much&'.repeat(30)}end=${i}`,
  urlCut: false,
  route: 'getusersid',
  status: i === 0 ? 500 : 200,
  startMs: 0,
  durationNs: (50 - i) * MS,
  handlers: []
}))

const marked: Style = (paint, text) => line`<${line`${paint as never}`}>${text}</>`

describe('the screen of top', () => {
  for (const [what, part] of Object.entries({
    'the table': {},
    'the table, filtered': { filter: 'x'.repeat(60), shown: [] },
    'the table, while a filter is typed': { filter: 'some', typing: true },
    'the help': { help: true },
    'a route': opened(slow),
    'a route without slow requests': opened('the kernel tells of no single requests here'),
    'a route that has none any more': { route: { route: 'gone', minute: undefined, slow: [] } }
  } as Record<string, Partial<ScreenModule.TopScreen>>)) {
    for (const [width, height] of [
      [80, 24],
      [120, 40],
      [200, 50],
      [40, 10],
      [20, 3],
      [9, 1]
    ] as const) {
      it(`fits ${width}×${height} with ${what}`, () => {
        const lines = screenLines({ ...screen, ...part }, width, height)
        assert.equal(lines.length, height)
        for (const line of lines) assert.ok([...line].length <= width, `${[...line].length}: ${line}`)
      })
    }
  }

  it('has nothing cut off at 80 columns and 24 lines of its help and footers', () => {
    const pages = [{}, { help: true }, { filter: 'users', typing: true }, { filter: 'users' }, opened([])]
    for (const part of pages) {
      const lines = screenLines({ ...screen, ...part, rows: [], shown: [] }, 80, 24)
      assert.doesNotMatch(lines.join('\n'), /…/)
      assert.match(lines.at(-1) as string, /\S/)
    }
    const help = screenLines({ ...screen, help: true }, 80, 24).join('\n')
    for (const key of ['↑', 'enter', '←', '/', 'space', 'q'])
      assert.match(help, new RegExp(`^ {2}.*${key}.* {2}\\S`, 'm'))
    for (const { key } of Object.values(SORTS)) assert.match(help, new RegExp(`[ ;]${key} .*for one of them`))
  })

  it('says first how it ends, at any width', () => {
    for (const width of [20, 80, 200])
      assert.match(screenLines(screen, width, 24).at(-1) as string, /^q quit {2}space pau/)
  })

  it('has what matters at 80 columns, and every column and whole names at 200', () => {
    const heading = screenLines(screen, 80, 24)[3] as string
    assert.match(heading, /^ {2}ROUTE +REQ\/S +ERR\/S TIME%▾ +P50 +P99 OVER {2}SLOWEST HANDLER +$/)
    const [wide, first] = screenLines(screen, 200, 50).slice(3) as string[]
    assert.match(
      wide as string,
      /^ {2}ROUTE +REQ\/S +ERR\/S TIME%▾ +P50 +P90 +P99 +MAX OVER +REQ\/S, LAST MINUTE {2}SLOWEST HANDLER +OF ROUTE$/
    )
    assert.match(first as string, /^▸ getsomethingwithalongname0 +1000 .* handlerWithALongName0 +50 %$/)
  })

  it('marks the column by which it is sorted, and shows it at any width', () => {
    for (const sort of Object.keys(SORTS) as RatesModule.Sort[]) {
      for (const width of [40, 60, 80, 120, 200]) {
        const heading = screenLines({ ...screen, sort }, width, 24)[3] as string
        assert.equal(heading.split('▾').length, 2, `${sort} at ${width}: ${heading}`)
      }
    }
  })

  it('marks the selected row, which is seen wherever it is, and says how many are not', () => {
    for (const selected of [0, 5, 17, 18, 20, 38, 39]) {
      const lines = screenLines({ ...screen, selected }, 200, 24)
      const [row, ...others] = lines.filter((line) => line.startsWith('▸ '))
      assert.match(row as string, new RegExp(`name${selected} `))
      assert.deepEqual(others, [])
      const shown = lines.filter((line) => / getso/.test(line)).length
      const more = lines.join('\n').match(/… (?:(\d+) more above)?(?:, )?(?:(\d+) (?:more routes|below))?/)
      assert.equal(shown + Number(more?.[1] ?? 0) + Number(more?.[2] ?? 0), rows.length, lines.join('\n'))
    }
  })

  it('tells names apart that begin alike, however narrow', () => {
    const alike = ['items', 'orders'].map((end, i) => ({
      ...(rows[i] as TopRow),
      route: `getapicatalog${end}`,
      slowest: { name: `findInCatalog${end}`, share: 0.5 }
    }))
    for (const width of [50, 60, 80]) {
      const lines = screenLines({ ...screen, shown: alike }, width, 24)
      for (const end of ['items', 'orders'])
        assert.ok(
          lines.some((line) => new RegExp(`^..get\\S*${end} .* find\\S*${end}$`).test(line)),
          `${width}: ${end} in ${lines.join('\n')}`
        )
    }
  })

  it('colours of a row with errors only their cell', () => {
    const shown = rows.slice(0, 2)
    const [, , , , withErrors, without] = screenLines({ ...screen, shown, selected: 1 }, 200, 24, marked)
    assert.equal(withErrors?.match(/<red>/g)?.length, 1)
    assert.match(withErrors as string, /<red> +1\.0<\/>/)
    assert.doesNotMatch(without as string, /<red>/)
  })

  it('dims what few requests tell little of', () => {
    const shown = [{ ...(rows[3] as TopRow), few: true }, rows[3] as TopRow]
    const [, , , , few, enough] = screenLines({ ...screen, shown, selected: 1 }, 200, 24, marked)
    assert.match(few as string, /<dim>9\.00 ms<\/>/)
    assert.doesNotMatch(enough as string, /<dim>/)
  })

  it('calls routes as it is asked to', () => {
    const shown = [{ ...(rows[0] as TopRow), method: 'GET', path: '/some/thing' }]
    assert.match(screenLines({ ...screen, shown }, 120, 24)[4] as string, /^▸ GET \/some\/thing /)
    assert.match(
      screenLines({ ...screen, shown, names: 'probe' }, 120, 24)[4] as string,
      /^▸ getsomethingwithalongname0 /
    )
  })

  it('has whole notes at 80', () => {
    for (const note of [
      'processes 4194303, 4194304 ended; waiting for it to start again',
      'process 4194303 ended; now processes 4194301, 4194302, 4194304'
    ]) {
      const heading = { ...screen.heading, note, lost: 7 }
      assert.ok(screenLines({ ...screen, heading, rows: [], shown: [] }, 80, 24)[1]?.startsWith(note))
    }
  })

  it('shows of a route its handlers, where they are, and for how long they are busy and wait', () => {
    const lines = screenLines({ ...screen, ...opened(slow) }, 120, 40)
    assert.match(lines[2] as string, /^GET \/users\/:id {2}\(getusersid\)$/)
    assert.match(lines[4] as string, /^p50 .* of 10 requests in 1 s$/)
    const at = lines.findIndex((line) => line.startsWith('HANDLER'))
    assert.match(lines[at] as string, /^HANDLER +WHERE +RUNS\/S +P50 +P99 +BUSY +WAITING +OF ROUTE$/)
    assert.match(
      lines[at + 1] as string,
      /^\(no name\) +routes\/users\.js:40 +10\.0 .* 1\.00 ms 7\.00 ms +80 %$/
    )
    assert.match(lines[at + 2] as string, /^authenticate +lib\/auth\.js:7 +10\.0 .* 2\.00 ms 0\.00 µs +20 %$/)
  })

  it('calls a handler without a name by its place where there is no room for both', () => {
    const lines = screenLines({ ...screen, ...opened(slow) }, 50, 40)
    assert.ok(
      lines.some((line) => /^routes\/users\.js:40 .* 80 %$/.test(line)),
      lines.join('\n')
    )
  })

  it('shows of a route its slowest requests, or why there are none', () => {
    const lines = screenLines({ ...screen, ...opened(slow) }, 80, 24)
    const at = lines.indexOf(line`SLOWEST REQUESTS OF THE LAST MINUTE`)
    assert.match(lines[at + 1] as string, /50\.0 ms {2}500 {2}GET \/users\/0.*….*end=0$/)
    assert.match(lines[at + 2] as string, /49\.0 ms {2}200 {2}GET \/users\/1/)
    const why = 'the kernel tells of no single requests here'
    assert.ok(screenLines({ ...screen, ...opened(why) }, 80, 24).includes(line`${why as never}`))
    assert.ok(screenLines({ ...screen, ...opened([]) }, 80, 24).includes(line`none yet`))
  })

  it('has a line of slow requests on a small screen, however many handlers there are', () => {
    const lines = screenLines({ ...screen, ...opened(slow) }, 80, 14)
    assert.ok(
      lines.some((line) => / GET \/users\/0/.test(line)),
      lines.join('\n')
    )
  })
})

describe('what top leaves on the terminal', () => {
  it('is every route, in the width of the terminal', () => {
    for (const width of [80, 120, 200]) {
      const lines = lastLines(screen, width)
      assert.match(lines[2] as string, /^ROUTE .* SLOWEST HANDLER/)
      assert.equal(lines.length, 3 + rows.length)
      for (const line of lines) assert.ok([...line].length <= width, line)
      assert.ok(!lines.some((line) => line.includes('q quit')))
    }
    for (const { route, slowest } of rows)
      assert.ok(
        lastLines(screen, 200).some(
          (line) => line.startsWith(`${route} `) && line.includes(` ${slowest?.name} `)
        ),
        route
      )
  })
})

describe('a sparkline', () => {
  it('is as high as its values, and tells little from nothing', () => {
    assert.equal(sparkline([0, 0.001, 4, 8], 4, 4), '▁▂▅█')
    assert.equal(sparkline([0, 0, 0], 3, 3), '▁▁▁')
  })

  it('has the latest to the right, and nothing where nothing is known', () => {
    assert.equal(sparkline([8, 4], 4, 4), '  █▅')
    assert.equal(sparkline([], 4, 4), '    ')
    assert.equal(sparkline([1, 2, 3, 8, 8], 2, 2), '██')
  })

  it('has the highest of the values that share a column', () => {
    assert.equal(sparkline([8, 0, 0, 0, 0, 4], 3, 6), '█▁▅')
    assert.equal(sparkline(Array(60).fill(1), 20, 60), '█'.repeat(20))
  })
})
