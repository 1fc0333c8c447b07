import { Figures } from '../../figures/figures'
import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { OUTPUT_OPTIONS, PROCESS_OPTIONS } from '../help'
import { line } from '../printable'
import { printDistributions, slowestLast } from '../render/distribution'
import { loopJson, loopSentence } from '../render/event-loop'
import { latencyJson } from '../render/json'
import { trimmed } from '../render/text'
import { openFigures } from '../sources/open'
import type { Source } from '../sources/source'
import { Progress, print, printJson, say } from '../terminal/output'
import { type Context, sayLost } from './context'
import { listen } from './listen'

export const latency: Command = {
  options: [
    'pid',
    'all',
    'name',
    'port',
    'via',
    'inject',
    'yes',
    'route',
    'handlers',
    'routes',
    'duration',
    'unit',
    'json'
  ],
  startsApp: true,
  help: `restify-probes latency: until Ctrl-C, then a distribution for each route and handler,
the slowest last. Rows are powers of two. Quantiles are known to within a factor of
1.41; counts, min and max exactly.

  restify-probes latency -p 4711 --duration 10
  restify-probes latency -p 4711 --route getusersid --handlers
  restify-probes latency -- node app.js

${PROCESS_OPTIONS}
  --route NAME       only this route, and its handlers
  --routes           only routes
  --handlers         only handlers
  --unit ms|us       what the rows count: ms
${OUTPUT_OPTIONS}
`,
  run
}

/** How long each route and handler took, once it ends. */
async function run(options: Arguments, context: Context): Promise<number> {
  let figures = new Figures(options.grid)
  const began = Date.now()
  const progress = new Progress()
  const { source, title } = await openFigures({ ...options, command: 'latency' }, context, (latest) => {
    figures = latest
    progress.show(line`${Math.round((Date.now() - began) / 1000)} s, ${figures.requests()} requests so far`)
  })
  const { exitCode, message } = await listen(source, context.interruption, {
    seconds: options.seconds,
    started: () =>
      say(`measuring ${title}${options.seconds === undefined ? '; Ctrl-C shows what was measured' : ''}`)
  })
  progress.end()
  if (message !== undefined) say(message)
  sayLost(source)
  report(figures, options)
  tellLoops(source, options.json)
  return exitCode
}

/** What handlers' durations do not show: a request that waits for its turn, as another holds the event loop. */
function tellLoops(source: Source, json: boolean): void {
  for (const loop of source.loops?.() ?? []) {
    if (json) printJson(loopJson(loop, 'whole'))
    else say(loopSentence(loop))
  }
}

function report(figures: Figures, { route, routes, handlers, json }: Arguments): void {
  const all = slowestLast(figures, { route, routes: routes || !handlers, handlers: handlers || !routes })
  if (json) for (const named of all) printJson(latencyJson(named))
  else if (all.length > 0) print(trimmed(printDistributions(all)))
  else if (figures.requests() > 0)
    say(`no request reached ${route}; there were: ${[...figures.routes.keys()].join(', ')}`)
  else say('no request was seen')
}
