import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { OUTPUT_OPTIONS } from '../help'
import { figuresOutput } from '../outputs/figures'
import { ReportFiles } from '../outputs/report-files'
import { requestsOutput } from '../outputs/requests'
import { line } from '../printable'
import { EXIT } from '../problem'
import { recordingIn } from '../recording/file'
import type { Recording } from '../recording/recording'
import { sortFigures } from '../render/latency'
import { recordingTitle } from '../render/recording'
import { isRequestWanted, wantedBy } from '../sources/wanted'
import { print, say, sayPrintable } from '../terminal/output'
import type { Context } from './context'

export const show: Command = {
  options: [
    'route',
    'handlers',
    'routes',
    'total',
    'distributions',
    'names',
    'slower-than',
    'status',
    'url',
    'html',
    'json'
  ],
  startsApp: false,
  words: ['FILE'],
  help: `restify-probes show FILE prints what latency --record or trace --record has written: the
table of the routes and their handlers, and the slowest requests of each route, with
their handlers as bars on a time line.

  restify-probes latency -p 4711 --duration 60 --record before.json
  restify-probes show before.json --route /search
  restify-probes show before.json --html before.html

  --route ROUTE      only this route, and its handlers and requests
  --routes           only routes
  --handlers         only handlers
  --total            handlers over all routes, not below each
  --distributions    every handler and every distribution
  --names probe      routes by their names in the probes
  --slower-than MS, --status LIST, --url TEXT
                     only such requests; they change no figures
  --html FILE        the same as a page in one file
${OUTPUT_OPTIONS}
`,
  run
}

function run(options: Arguments, { style }: Context): number {
  const recording = recordingIn(options.files[0] as string)
  const files = new ReportFiles(options)
  const asked = {
    ...options,
    routes: options.routes || !options.handlers,
    handlers: options.handlers || !options.routes
  }
  const rows = sortFigures(recording.figures, asked)
  if (!options.json) sayPrintable(recordingTitle(recording))
  for (const note of recording.notes) say(note)
  if (rows.routes.length === 0) say(`the recording has no such route; it has: ${routesIn(recording)}`)
  figuresOutput(asked, style).show({ rows, loops: recording.loops })
  if (!options.json) print(line``)
  const requests = requestsOutput({ ...asked, handlers: true, headers: [], query: [] }, style)
  const wanted = wantedBy({ ...options, headers: [], query: [] })
  for (const request of recording.requests) if (isRequestWanted(request, wanted)) requests.show(request)
  files.write(recording)
  return EXIT.ok
}

function routesIn({ figures }: Recording): string {
  return [...figures.routes.keys()].join(', ')
}
