import { type Rates, SORTS, type Sort } from '../../figures/rates'
import { line, printable } from '../printable'
import { loopLine } from '../render/event-loop'
import { lastLines, type TopView, topLines } from '../render/top'
import type { Opened } from '../sources/open'
import type { Interruption } from '../terminal/interruption'
import { onKeys } from '../terminal/keys'
import { passOn, print } from '../terminal/output'
import { Screen } from '../terminal/screen'
import type { Style } from '../terminal/style'
import type { Latest, RatesOutput } from './rates'

/** Lines of a started app that are kept, to be shown when the screen is given back. */
const KEPT_LINES = 1000

/** The whole terminal, with keys. */
export class RatesScreen implements RatesOutput {
  readonly #interruption: Interruption
  readonly #style: Style
  readonly #screen: Screen
  readonly #appLines: string[] = []
  #opened: Opened | undefined
  #rates: Rates[] = []
  /** The last that was shown of any request, and when. */
  #last: { rates: Rates[]; time: Date } | undefined
  #sort: Sort
  #paused = false
  #note: string | undefined = 'waiting for the first second'
  #endKeys = () => {}

  constructor(sort: Sort, { interruption, style }: { interruption: Interruption; style: Style }) {
    this.#interruption = interruption
    this.#style = style
    this.#sort = sort
    this.#screen = new Screen(process.stdout, () => this.#draw())
  }

  open(opened: Opened): void {
    this.#opened = opened
    this.#endKeys = onKeys(process.stdin, (key) => this.#pressed(key))
    this.#screen.open()
    this.#draw()
  }

  started(): void {}

  show({ rates }: Latest): void {
    if (this.#paused) return
    this.#rates = rates
    if (rates.length > 0) this.#last = { rates, time: new Date() }
    this.#note = undefined
    this.#draw()
  }

  note(text: string | undefined): void {
    this.#note = text
    this.#rates = []
    this.#draw()
  }

  silent(text: string): void {
    this.note(text)
  }

  close(): void {
    this.#endKeys()
    this.#endKeys = () => {}
    this.#screen.close()
    for (const text of this.#appLines.splice(0)) passOn(text)
    const last = this.#last
    this.#last = undefined
    if (last === undefined) return
    const latest = this.#view()
    const title = line`${latest.title}, ${printable(last.time.toTimeString().slice(0, 8))}`
    const view = { ...latest, title, rates: last.rates, paused: false, note: undefined }
    for (const line of lastLines(view, this.#style)) print(line)
  }

  readonly capture = (text: string): void => {
    this.#appLines.push(...text.replace(/\n$/, '').split('\n'))
    this.#appLines.splice(0, this.#appLines.length - KEPT_LINES)
  }

  #pressed(key: string): void {
    const sort = Object.entries(SORTS).find(([, each]) => each.key === key)?.[0]
    if (key === 'q' || key === 'ctrl-c' || key === 'ctrl-d') this.#interruption.end()
    else if (key === 'p' || key === 'space') this.#paused = !this.#paused
    else if (sort !== undefined) this.#sort = sort as Sort
    this.#draw()
  }

  #view(): TopView {
    return {
      title: this.#opened?.title ?? line``,
      rates: this.#rates,
      sort: this.#sort,
      paused: this.#paused,
      note: this.#note,
      lost: this.#opened?.source.lost() ?? 0,
      loop: loopLine((this.#opened?.source.loops?.() ?? []).map(({ last }) => last))
    }
  }

  #draw(): void {
    this.#screen.draw(topLines(this.#view(), this.#screen.width, this.#screen.height, this.#style))
  }
}
