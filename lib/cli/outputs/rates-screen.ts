import { ENOUGH_REQUESTS, History, type Minute, type RouteRates } from '../../figures/history'
import { type Sort, sorted } from '../../figures/rates'
import type { Arguments } from '../arguments'
import { line, printable } from '../printable'
import { loopLine } from '../render/event-loop'
import { type Names, routeTitle } from '../render/names'
import type { Heading } from '../render/top/heading'
import { slowestTitle } from '../render/top/rates'
import { lastLines, pageOf, screenLines, type TopScreen } from '../render/top/screen'
import type { TopRow } from '../render/top/table'
import type { Opened } from '../sources/open'
import type { Interruption } from '../terminal/interruption'
import type { Key } from '../terminal/key-decoder'
import { passOn, print } from '../terminal/output'
import { Screen } from '../terminal/screen'
import type { Style } from '../terminal/style'
import { Takeover } from '../terminal/takeover'
import { SlowRequests } from '../top/slow-requests'
import { afterKey, selectedIndex, startView, type View } from '../top/view'
import type { Latest, RatesOutput } from './rates'

/** The number of lines of a started app that are kept, to be shown when the screen is given back. */
const KEPT_LINES = 1000

/** The whole terminal, with keys. */
export class RatesScreen implements RatesOutput {
  readonly #interruption: Interruption
  readonly #style: Style
  readonly #names: Names
  readonly #screen: Screen
  readonly #history: History
  readonly #appLines: string[] = []
  #opened: Opened | undefined
  #view: View
  /** The minute that is shown: while it is paused, an earlier one than the last. */
  #minute: Minute
  #sorted: { minute: Minute | undefined; filter: string; sort: Sort; rows: TopRow[] }
  /** The rows that were shown last of those with any request, and their time. */
  #last: { rows: TopRow[]; time: Date } | undefined
  #slow: { route: string; requests: SlowRequests } | undefined
  #note: string | undefined = 'waiting for the first second'
  #takeover: Takeover | undefined

  constructor(
    sort: Sort,
    { names, grid }: Pick<Arguments, 'names' | 'grid'>,
    { interruption, style }: { interruption: Interruption; style: Style }
  ) {
    this.#interruption = interruption
    this.#style = style
    this.#names = names
    this.#view = startView(sort)
    this.#history = new History(grid)
    this.#minute = this.#history.minute
    this.#sorted = { minute: undefined, filter: '', sort, rows: [] }
    this.#screen = new Screen(process.stdout, () => this.#draw())
  }

  open(opened: Opened): void {
    this.#opened = opened
    this.#takeover = new Takeover(this.#screen, {
      pressed: (keys) => this.#pressed(keys),
      closed: () => this.#interruption.end(),
      redraw: () => this.#draw()
    })
    this.#draw()
  }

  started(): void {}

  show({ figures, seconds }: Latest): void {
    this.#history.add(figures, seconds)
    this.#note = undefined
    if (this.#view.paused) return
    this.#minute = this.#history.minute
    const rows = this.#rows()
    if (rows.length > 0) this.#last = { rows, time: new Date() }
    this.#draw()
  }

  note(text: string | undefined): void {
    this.#note = text
    this.#draw()
  }

  silent(text: string): void {
    this.note(text)
  }

  close(): void {
    this.#watch(undefined)
    this.#takeover?.end()
    this.#takeover = undefined
    for (const text of this.#appLines.splice(0)) passOn(text)
    const last = this.#last
    this.#last = undefined
    if (last === undefined) return
    const { sort } = this.#view
    const title = line`${this.#opened?.title ?? line``}, ${printable(last.time.toTimeString().slice(0, 8))}`
    const heading = { ...this.#heading(), title, paused: false, note: undefined }
    const shown = sorted(last.rows, sort)
    const screen = { heading, shown, sort, names: this.#names }
    for (const each of lastLines(screen, this.#screen.width, this.#style)) print(each)
  }

  readonly capture = (text: string): void => {
    this.#appLines.push(...text.replace(/\n$/, '').split('\n'))
    this.#appLines.splice(0, this.#appLines.length - KEPT_LINES)
  }

  #pressed(keys: readonly Key[]): void {
    for (const key of keys) {
      const routes = this.#shown().map(({ route }) => route)
      const view = afterKey(this.#view, key, { routes, page: pageOf(this.#screen.height) })
      if (view === 'quit') {
        this.#interruption.end()
        return
      }
      if (this.#view.paused && !view.paused) this.#minute = this.#history.minute
      this.#view = view
    }
    this.#watch(this.#view.page === 'route' ? this.#view.selected : undefined)
    this.#draw()
  }

  /** Watches the requests of the route that is open, and of no other. */
  #watch(route: string | undefined): void {
    if (this.#slow?.route === route) return
    this.#slow?.requests.end()
    this.#slow = undefined
    if (route === undefined || this.#opened === undefined) return
    const requests = new SlowRequests(this.#opened.source, route, this.#minute.route(route), () =>
      this.#draw()
    )
    this.#slow = { route, requests }
  }

  #rows(): TopRow[] {
    return this.#minute.routes.map(rowOf)
  }

  /** The rows that the filter leaves, as they are sorted; the same for keys that change none of that. */
  #shown(): TopRow[] {
    const { filter, sort } = this.#view
    const { minute, filter: before, sort: sortBefore } = this.#sorted
    if (minute !== this.#minute || filter !== before || sort !== sortBefore)
      this.#sorted = { minute: this.#minute, filter, sort, rows: this.#chosen() }
    return this.#sorted.rows
  }

  #chosen(): TopRow[] {
    const { filter, sort } = this.#view
    const wanted = filter.toLowerCase()
    const texts = (row: TopRow) => [row.route, routeTitle(row.route, row, this.#names), slowestTitle(row, '')]
    return sorted(
      this.#rows().filter(
        (row) => wanted === '' || texts(row).some((text) => text.toLowerCase().includes(wanted))
      ),
      sort
    )
  }

  #heading(): Heading {
    return {
      title: this.#opened?.title ?? line``,
      paused: this.#view.paused,
      note: this.#note,
      lost: this.#opened?.source.lost() ?? 0,
      loop: loopLine((this.#opened?.source.loops?.() ?? []).map(({ last }) => last))
    }
  }

  #draw(): void {
    const { width, height } = this.#screen
    this.#screen.draw(screenLines(this.#shownNow(), width, height, this.#style))
  }

  #shownNow(): TopScreen {
    const { sort, filter, typing, help } = this.#view
    const rows = this.#rows()
    const shown = this.#shown()
    return {
      heading: this.#heading(),
      rows,
      shown,
      sort,
      names: this.#names,
      selected: selectedIndex(
        this.#view,
        shown.map(({ route }) => route)
      ),
      filter,
      typing,
      help,
      ...(this.#slow === undefined
        ? {}
        : {
            route: {
              route: this.#slow.route,
              minute: this.#minute.route(this.#slow.route),
              slow: this.#slow.requests.slowest
            }
          })
    }
  }
}

function rowOf(rates: RouteRates): TopRow {
  return { ...rates, few: rates.overRequests < ENOUGH_REQUESTS }
}
