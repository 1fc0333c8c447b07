import type { Figures } from '../../figures/figures'
import { SORTS, type Sort } from '../../figures/rates'
import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { OUTPUT_OPTIONS, PROCESS_OPTIONS } from '../help'
import { LISTENING, OF_FLEET } from '../options'
import { RatesJson, type RatesOutput, RatesText } from '../outputs/rates'
import { RatesScreen } from '../outputs/rates-screen'
import { usageProblem } from '../problem'
import { Follower } from '../sources/follower'
import { type Opened, openFigures } from '../sources/open'
import { say } from '../terminal/output'
import { Seconds } from '../top/seconds'
import { type Context, sayLost } from './context'
import { topOfFleet } from './fleet'
import { listen } from './listen'

export const top: Command = {
  options: [...LISTENING, ...OF_FLEET, 'duration', 'sort', 'names', 'json'],
  startsApp: true,
  help: `restify-probes top shows, every second and for each route: requests and errors a second
(an error has status 500 or more, or 444 for a client that left), its share of all time
in routes, quantiles of its duration, and the handler in which most of its time went.

  restify-probes top -p 4711
  restify-probes top -p 4711 --json --duration 60 > rates.json
  restify-probes top -- node app.js
  restify-probes top --prometheus http://prometheus:9090 --match 'job="shop"'

${PROCESS_OPTIONS}
  --sort COLUMN      time, requests, errors, p50, p90, p99, max or share (of the slowest
                     handler in its route's time)
  --names probe      routes by their names in the probes
${OUTPUT_OPTIONS}

With --prometheus, top asks a Prometheus for the routes of all instances of an app.
TIME% is a route's part of the time that all requests take; VS 1H compares P99 with that
of an hour before; BUSY is the part of the slowest handler's time in which it holds the
event loop: near 100 % it blocks, near 0 % it waits. SPREAD compares the mean
duration on the slowest instance with that on the instance in the middle.

  --prometheus URL   the address of a Prometheus, or of what has its API, such as Mimir
                     and Thanos; it may have a user name and a password in it
  --match LABELS     only series with these labels: 'job="shop",namespace=~"eu-.*"'
  --route PATH       only this route: /users/:id or 'GET /users/:id'
  --routes           routes only: handlers and instances are not asked for
  --interval S       figures of the last S seconds, which must span two scrapes: 300
                     unless given
  --sort COLUMN      also spread (key i) or change (c); not max

Keys: arrows (or j k) select a route and enter opens it, with its handlers and slowest
requests; left and right sort; / filters; space pauses; q quits; ? tells more. A process
that is restarted with the same command line within ten seconds is followed.
`,
  run
}

/** Shows a table that is renewed every second. */
async function run(options: Arguments, context: Context): Promise<number> {
  if (options.fleet !== undefined) return topOfFleet(options, options.fleet, context)
  const sort = readSort(options.sort)
  const seconds = new Seconds(options.grid)
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

function outputFor(options: Arguments, sort: Sort, context: Context): RatesOutput {
  if (options.json) return new RatesJson(sort)
  return process.stdout.isTTY ? new RatesScreen(sort, options, context) : new RatesText(sort, options.names)
}

function open(options: Arguments, context: Context, output: RatesOutput, seconds: Seconds): Promise<Opened> {
  const deliver = (figures: Figures, atEnd: boolean) => {
    // A part of a second in which at times nothing was traced has no rate.
    if (!atEnd && seconds.begun) output.show(seconds.next(figures))
  }
  const command = { ...options, command: 'top' as const }
  if (options.app !== undefined) return openFigures(command, context, deliver, output)
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
  if (!Object.hasOwn(SORTS, name))
    throw usageProblem(`--sort takes one of: ${Object.keys(SORTS).join(', ')}`, 'top')
  return name as Sort
}
