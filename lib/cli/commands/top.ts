import { Figures } from '../../figures/figures'
import { ratesOf, SORTS, type Sort } from '../../figures/rates'
import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { OUTPUT_OPTIONS, PROCESS_OPTIONS } from '../help'
import { LISTENING } from '../options'
import { type Latest, RatesJson, type RatesOutput, RatesText } from '../outputs/rates'
import { RatesScreen } from '../outputs/rates-screen'
import { usageProblem } from '../problem'
import { Follower } from '../sources/follower'
import { type Opened, openFigures } from '../sources/open'
import { say } from '../terminal/output'
import { type Context, sayLost } from './context'
import { listen } from './listen'

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
  const output = outputFor(options, sort, context)
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

function outputFor({ json }: Arguments, sort: Sort, context: Context): RatesOutput {
  if (json) return new RatesJson(sort)
  return process.stdout.isTTY ? new RatesScreen(sort, context) : new RatesText(sort)
}

function open(options: Arguments, context: Context, output: RatesOutput, seconds: Seconds): Promise<Opened> {
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

  next(figures: Figures): Latest {
    const now = performance.now()
    const seconds = (now - this.#then) / 1000
    const rates = ratesOf(figures.since(this.#before), seconds)
    this.#before = figures
    this.#then = now
    return { rates, seconds }
  }
}
