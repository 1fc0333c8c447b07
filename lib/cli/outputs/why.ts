import { loopJson } from '../render/event-loop'
import { whyLines } from '../render/why'
import { causeJson, verdictJson } from '../render/why-json'
import { print, printJson } from '../terminal/output'
import type { Style } from '../terminal/style'
import type { Diagnosis } from '../why/diagnosis'
import { chosen, type Output } from './output'

/** The columns of lines where the output is no terminal. */
const WIDTH = 100

/** The answer to why requests are slow. */
export function whyOutput(options: { json: boolean }, style: Style): Output<Diagnosis> {
  return chosen<Output<Diagnosis>>(options, {
    text: () => new WhyText(style),
    json: () => new WhyJson()
  })
}

class WhyText implements Output<Diagnosis> {
  readonly #style: Style

  constructor(style: Style) {
    this.#style = style
  }

  show(diagnosis: Diagnosis): void {
    for (const row of whyLines(diagnosis, process.stdout.columns || WIDTH, this.#style)) print(row)
  }
}

class WhyJson implements Output<Diagnosis> {
  show(diagnosis: Diagnosis): void {
    printJson(verdictJson(diagnosis))
    for (const cause of diagnosis.causes) printJson(causeJson(cause))
    for (const loop of diagnosis.loops) printJson(loopJson(loop, 'whole'))
  }
}
