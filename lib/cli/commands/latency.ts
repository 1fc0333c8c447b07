import { Figures } from '../../figures/figures'
import type { FinishedRequest } from '../../figures/request'
import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { OUTPUT_OPTIONS, PROCESS_OPTIONS } from '../help'
import { LISTENING } from '../options'
import { figuresOutput } from '../outputs/figures'
import { ReportFiles, recordingOf } from '../outputs/report-files'
import { line } from '../printable'
import { Recorder } from '../recording/recorder'
import { sortFigures } from '../render/latency'
import { routeTitle } from '../render/names'
import { openFigures } from '../sources/open'
import { Progress, say } from '../terminal/output'
import { type Context, sayLost } from './context'
import { listen } from './listen'

export const latency: Command = {
  options: [
    ...LISTENING,
    'route',
    'handlers',
    'routes',
    'total',
    'distributions',
    'names',
    'duration',
    'unit',
    'record',
    'html',
    'json'
  ],
  startsApp: true,
  help: `restify-probes latency listens until Ctrl-C, and then prints a table of the routes, the
slowest last. Below each route are the handlers that its requests ran: TIME is a
handler's part of the route's time, BUSY the time for which a run of it held the event
loop on average, WAITING the rest. Below the table are the distributions of what is
slowest and of what takes most time, in rows that are powers of two. Quantiles are known
to within a factor of 1.41; counts, min and max exactly.

  restify-probes latency -p 4711 --duration 10
  restify-probes latency -p 4711 --route 'GET /users/:id'
  restify-probes latency -- node app.js

${PROCESS_OPTIONS}
  --route ROUTE      only this route, and its handlers: /users/:id, 'GET /users/:id',
                     or its name in the probes, getusersid
  --routes           only routes
  --handlers         only handlers
  --total            handlers over all routes, not below each
  --distributions    every handler and every distribution
  --names probe      routes by their names in the probes
  --unit ms|us       what the rows count: ms
  --record FILE      all figures, and the slowest requests of each route, to be shown
                     by show and compared by compare
  --html FILE        the same as a page in one file
${OUTPUT_OPTIONS}
`,
  run
}

/** The number of requests of each route that are recorded. */
const SLOWEST = 5

/** Shows how long each route and handler took, once it ends. */
async function run(options: Arguments, context: Context): Promise<number> {
  let figures = new Figures(options.grid)
  const began = Date.now()
  const progress = new Progress()
  const files = new ReportFiles(options)
  const recorder = files.areWanted ? new Recorder(options.grid, SLOWEST) : undefined
  const deliver = (latest: Figures) => {
    recorder?.takeFigures(latest)
    figures = recorder?.figures ?? latest
    progress.show(line`${Math.round((Date.now() - began) / 1000)} s, ${figures.requests()} requests so far`)
  }
  const command = { ...options, command: 'latency' as const }
  const requests = recorder && ((request: FinishedRequest) => recorder.takeRequest(request))
  const opened = await openFigures(command, context, deliver, { requests })
  const { source } = opened
  const { exitCode, message } = await listen(source, context.interruption, {
    seconds: options.seconds,
    started: () => {
      recorder?.begin()
      say(
        `measuring ${opened.title}${options.seconds === undefined ? '; Ctrl-C shows what was measured' : ''}`
      )
    }
  })
  progress.end()
  if (message !== undefined) say(message)
  sayLost(source)
  const asked = {
    ...options,
    routes: options.routes || !options.handlers,
    handlers: options.handlers || !options.routes
  }
  const rows = sortFigures(figures, asked)
  if (rows.routes.length === 0) say(whyEmpty(figures, options))
  figuresOutput(asked, context.style).show({ rows, loops: source.loops?.() ?? [] })
  if (recorder !== undefined) files.write(recordingOf(recorder, 'latency', opened))
  return exitCode
}

function whyEmpty(figures: Figures, { route, names }: Arguments): string {
  if (figures.requests() === 0) return 'no request was seen'
  const titles = [...figures.routes].map(([name, figures]) => routeTitle(name, figures, names))
  return `no request reached ${route}; there were: ${titles.join(', ')}`
}
