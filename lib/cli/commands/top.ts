import { Figures } from '../../figures/figures'
import { type Rates, ratesOf, SORTS, type Sort, sorted } from '../../figures/rates'
import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { OUTPUT_OPTIONS, PROCESS_OPTIONS } from '../help'
import { LISTENING } from '../options'
import { line, printable } from '../printable'
import { usageProblem } from '../problem'
import { loopJson, loopLine } from '../render/event-loop'
import { ratesJson } from '../render/json'
import { lastLines, type TopView, topHeading, topLine, topLines } from '../render/top'
import { Follower } from '../sources/follower'
import { type Opened, openFigures } from '../sources/open'
import { onKeys } from '../terminal/keys'
import { passOn, print, printJson, say } from '../terminal/output'
import { Screen } from '../terminal/screen'
import { type Context, sayLost } from './context'
import { listen } from './listen'

/** Lines of a started app that are kept, to be shown when the screen is given back. */
const KEPT_LINES = 1000

export const top: Command = {
  options: [...LISTENING, 'duration', 'sort', 'json'],
  startsApp: true,
  help: `restify-probes top: every second, for each route: requests and errors a second (a status
of 500 or more, or 444 for a client that left), quantiles of its duration, and the
handler in which most of its time went.

  restify-probes top -p 4711
  restify-probes top -p 4711 --json --duration 60 > rates.json
  restify-probes top -- node app.js

${PROCESS_OPTIONS}
  --sort COLUMN      time, requests, errors, p50, p90, p99, max or share
${OUTPUT_OPTIONS}

Keys sort (t r e 5 9 0 m s), pause (p) and quit (q). A process that is restarted with
the same command line within ten seconds is followed.
`,
  run
}

/** A table that is renewed every second. */
async function run(options: Arguments, context: Context): Promise<number> {
  const sort = readSort(options.sort)
  const seconds = new Seconds(options)
  const live = process.stdout.isTTY && !options.json
  const output = live ? new LiveTable(context, sort) : new Lines(options.json, sort)
  const opened = await open(options, context, output, seconds)
  const { source } = opened
  output.open(opened)
  try {
    const { exitCode, message } = await listen(source, context.interruption, {
      seconds: options.seconds,
      started: () => {
        seconds.begin()
        output.started()
      }
    })
    output.close()
    if (message !== undefined) say(message)
    sayLost(source)
    return exitCode
  } finally {
    output.close()
  }
}

function open(options: Arguments, context: Context, output: Output, seconds: Seconds): Promise<Opened> {
  const deliver = (figures: Figures, atEnd: boolean) => {
    // A part of a second, in which for a part nothing was traced, has no rate.
    if (!atEnd && seconds.begun) output.show(seconds.next(figures))
  }
  const command = { ...options, command: 'top' as const }
  if (options.app !== undefined) return openFigures(command, context, deliver, output.capture)
  const follow = (note: string | undefined) => {
    seconds.begin()
    output.note(note)
  }
  return Follower.open(command, context, deliver, follow, {
    silent: (text, isFirst) => output.silent(text, isFirst),
    answered: (text) => output.note(text)
  })
}

function readSort(name = 'time'): Sort {
  if (!Object.hasOwn(SORTS, name)) throw usageProblem(`--sort takes one of: ${Object.keys(SORTS).join(', ')}`)
  return name as Sort
}

/** Turns figures that grow into those of the time between two looks. */
class Seconds {
  readonly #options: Arguments
  #before: Figures
  #then = 0

  constructor(options: Arguments) {
    this.#options = options
    this.#before = new Figures(options.grid)
  }

  get begun(): boolean {
    return this.#then > 0
  }

  begin(): void {
    this.#before = new Figures(this.#options.grid)
    this.#then = performance.now()
  }

  next(figures: Figures): { rates: Rates[]; seconds: number } {
    const now = performance.now()
    const seconds = (now - this.#then) / 1000
    const rates = ratesOf(figures.since(this.#before), seconds)
    this.#before = figures
    this.#then = now
    return { rates, seconds }
  }
}

interface Output {
  open(opened: Opened): void
  started(): void
  show(latest: { rates: Rates[]; seconds: number }): void
  note(text: string | undefined): void
  /** A process does not answer; called again as long as it does not. */
  silent(text: string, isFirst: boolean): void
  close(): void
  capture?: (text: string) => void
}

/** A line a route a second, for pipes and files. */
class Lines implements Output {
  readonly #json: boolean
  readonly #sort: Sort
  #opened: Opened | undefined

  constructor(json: boolean, sort: Sort) {
    this.#json = json
    this.#sort = sort
  }

  open(opened: Opened): void {
    this.#opened = opened
  }

  started(): void {
    say(`watching ${this.#opened?.title}`)
    if (!this.#json) print(topHeading())
  }

  show({ rates, seconds }: { rates: Rates[]; seconds: number }): void {
    const now = new Date()
    for (const each of sorted(rates, this.#sort)) {
      if (this.#json) printJson(ratesJson(each, now, seconds))
      else print(topLine(each, now.toTimeString().slice(0, 8)))
    }
    if (!this.#json) return
    for (const loop of this.#opened?.source.loops?.() ?? [])
      printJson({ ...loopJson(loop, 'last'), time: now.toISOString() })
  }

  note(text: string | undefined): void {
    if (text !== undefined) say(text)
  }

  silent(text: string, isFirst: boolean): void {
    if (isFirst) say(text)
  }

  close(): void {}
}

/** The whole terminal, with keys. */
class LiveTable implements Output {
  readonly #context: Context
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

  constructor(context: Context, sort: Sort) {
    this.#context = context
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

  show({ rates }: { rates: Rates[] }): void {
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
    for (const line of lastLines(view, this.#context.style)) print(line)
  }

  readonly capture = (text: string): void => {
    this.#appLines.push(...text.replace(/\n$/, '').split('\n'))
    this.#appLines.splice(0, this.#appLines.length - KEPT_LINES)
  }

  #pressed(key: string): void {
    const sort = Object.entries(SORTS).find(([, each]) => each.key === key)?.[0]
    if (key === 'q' || key === 'ctrl-c' || key === 'ctrl-d') this.#context.interruption.end()
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
    this.#screen.draw(topLines(this.#view(), this.#screen.width, this.#screen.height, this.#context.style))
  }
}
