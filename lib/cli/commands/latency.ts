import { Figures } from '../../figures/figures'
import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { OUTPUT_OPTIONS, PROCESS_OPTIONS } from '../help'
import { printDistributions, slowestLast } from '../render/distribution'
import { latencyJson } from '../render/json'
import { openFigures } from '../sources/open'
import { type Context, print, say, sayLost } from './context'
import { listen } from './listen'

export const latency: Command = {
  options: ['pid', 'all', 'route', 'handlers', 'routes', 'duration', 'unit', 'json'],
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
  const progress = new Progress(process.stderr)
  const { source, title } = openFigures({ ...options, command: 'latency' }, context, (latest) => {
    figures = latest
    progress.show(`${Math.round((Date.now() - began) / 1000)} s, ${figures.requests()} requests so far`)
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
  return exitCode
}

function report(figures: Figures, { route, routes, handlers, json }: Arguments): void {
  const all = slowestLast(figures, { route, routes: routes || !handlers, handlers: handlers || !routes })
  if (json) for (const named of all) print(JSON.stringify(latencyJson(named)))
  else if (all.length > 0) print(printDistributions(all).trimEnd())
  else if (figures.requests() > 0)
    say(`no request reached ${route}; there were: ${[...figures.routes.keys()].join(', ')}`)
  else say('no request was seen')
}

/** A line that is written over, on terminals only. */
class Progress {
  readonly #stream: NodeJS.WriteStream
  #shown = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  show(text: string): void {
    if (!this.#stream.isTTY) return
    this.#stream.write(`\r${text}\x1b[K`)
    this.#shown = true
  }

  end(): void {
    if (this.#shown) this.#stream.write('\r\x1b[K')
    this.#shown = false
  }
}
