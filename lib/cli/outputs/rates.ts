import type { Figures } from '../../figures/figures'
import { type Rates, ratesOf, type Sort, sorted } from '../../figures/rates'
import { loopJson } from '../render/event-loop'
import { ratesJson } from '../render/json'
import type { Names } from '../render/names'
import { topHeading, topLine } from '../render/top/lines'
import type { Opened } from '../sources/open'
import { print, printJson, say } from '../terminal/output'
import type { Output } from './output'

/** The figures of the time since the last look. */
export interface Latest {
  figures: Figures
  seconds: number
}

/** Rates as they come, as `top` shows them. */
export interface RatesOutput extends Output<Latest> {
  open(opened: Opened): void
  started(): void
  /** There is something to tell in place of figures, such as that the process has ended; undefined once that is over. */
  note(text: string | undefined): void
  /** A process does not answer. This is called again as long as it does not. */
  silent(text: string, isFirst: boolean): void
  close(): void
  /** Takes the lines of an app that the command started, where they would spoil the screen. */
  capture?: (text: string) => void
}

/** A line for each route each second, for pipes and files. */
abstract class RatesLines implements RatesOutput {
  readonly #sort: Sort
  protected opened: Opened | undefined

  constructor(sort: Sort) {
    this.#sort = sort
  }

  open(opened: Opened): void {
    this.opened = opened
  }

  started(): void {
    say(`watching ${this.opened?.title}`)
  }

  show({ figures, seconds }: Latest): void {
    const now = new Date()
    for (const each of sorted(ratesOf(figures, seconds), this.#sort)) this.showRoute(each, now, seconds)
  }

  protected abstract showRoute(rates: Rates, now: Date, seconds: number): void

  note(text: string | undefined): void {
    if (text !== undefined) say(text)
  }

  silent(text: string, isFirst: boolean): void {
    if (isFirst) say(text)
  }

  close(): void {}
}

export class RatesText extends RatesLines {
  readonly #names: Names

  constructor(sort: Sort, names: Names) {
    super(sort)
    this.#names = names
  }

  override started(): void {
    super.started()
    print(topHeading())
  }

  protected showRoute(rates: Rates, now: Date): void {
    print(topLine(rates, now.toTimeString().slice(0, 8), this.#names))
  }
}

export class RatesJson extends RatesLines {
  override show(latest: Latest): void {
    super.show(latest)
    const time = new Date().toISOString()
    for (const loop of this.opened?.source.loops?.() ?? []) printJson({ ...loopJson(loop, 'last'), time })
  }

  protected showRoute(rates: Rates, now: Date, seconds: number): void {
    printJson(ratesJson(rates, now, seconds))
  }
}
