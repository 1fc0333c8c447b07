import type { LoopHistory } from '../../figures/event-loop'
import { line } from '../printable'
import { loopJson, loopSentence } from '../render/event-loop'
import { latencyJson } from '../render/json'
import { type LatencyAsked, latencyDistributions, latencyTable, type SortedFigures } from '../render/latency'
import type { Names } from '../render/names'
import { trimmed } from '../render/text'
import { print, printJson, say } from '../terminal/output'
import type { Style } from '../terminal/style'
import { chosen, type Output } from './output'

/** All that was measured, once it is over. */
export interface Measured {
  rows: SortedFigures
  /** The event loops' own figures: handlers' durations do not show that a request waits while another holds the loop. */
  loops: readonly LoopHistory[]
}

export interface FiguresAsked extends LatencyAsked {
  names: Names
  json: boolean
  distributions: boolean
}

/** Figures of routes and handlers, as `latency` shows them. */
export function figuresOutput(asked: FiguresAsked, style: Style): Output<Measured> {
  return chosen<Output<Measured>>(asked, {
    text: () => new FiguresTable(asked, style),
    json: () => new FiguresJson(asked)
  })
}

class FiguresTable implements Output<Measured> {
  readonly #asked: FiguresAsked
  readonly #style: Style

  constructor(asked: FiguresAsked, style: Style) {
    this.#asked = asked
    this.#style = style
  }

  show({ rows, loops }: Measured): void {
    const asked = this.#asked
    if (rows.routes.length > 0) {
      const width = process.stdout.isTTY ? process.stdout.columns : undefined
      for (const row of latencyTable(rows, asked, asked.distributions, { width, style: this.#style }))
        print(row)
      print(line``)
      print(trimmed(latencyDistributions(rows, asked, asked.distributions)))
    }
    for (const loop of loops) say(loopSentence(loop))
  }
}

class FiguresJson implements Output<Measured> {
  readonly #asked: FiguresAsked

  constructor(asked: FiguresAsked) {
    this.#asked = asked
  }

  show({ rows, loops }: Measured): void {
    for (const each of latencyJson(rows, this.#asked)) printJson(each)
    for (const loop of loops) printJson(loopJson(loop, 'whole'))
  }
}
