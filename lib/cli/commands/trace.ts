import { MILLISECONDS } from '../../figures/grid'
import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { OUTPUT_OPTIONS, PROCESS_OPTIONS } from '../help'
import { LISTENING } from '../options'
import { ReportFiles, recordingOf } from '../outputs/report-files'
import { requestsOutput } from '../outputs/requests'
import { RequestRecorder } from '../recording/request-recorder'
import { isKept } from '../sources/name-limit'
import { openRequests } from '../sources/open'
import { isRequestWanted, wantedBy } from '../sources/wanted'
import { say } from '../terminal/output'
import { type Context, sayLost } from './context'
import { listen } from './listen'

/** The number of routes that are named when no request was wanted. */
const MAX_ROUTES = 1000

export const trace: Command = {
  options: [
    ...LISTENING,
    'route',
    'handlers',
    'outgoing',
    'names',
    'duration',
    'slower-than',
    'status',
    'url',
    'header',
    'query',
    'record',
    'html',
    'json'
  ],
  startsApp: true,
  help: `restify-probes trace prints a line for each request when it is done: when it began, its
status, how long it took, its method, route and URL; and the pid, if there are several
processes.

  restify-probes trace -p 4711 --handlers --slower-than 100
  restify-probes trace -p 4711 --status 5xx,404 --json
  restify-probes trace -p 4711 --url /search --query sort
  restify-probes trace --handlers -- node app.js

${PROCESS_OPTIONS}
  --handlers         below each request its handlers, as bars on its time line: █ held
                     the event loop, ▒ waited while another request held it, ░ waited
  --outgoing         below each handler also the calls that it makes by node:http, https
                     and fetch: ─ until the response began, ━ until it ended. By the
                     socket only; until the command ends, the app runs a little slower
  --route ROUTE      only requests of this route: /users/:id, 'GET /users/:id', or its
                     name in the probes, getusersid
  --slower-than MS   only those that took at least so long
  --status LIST      only those with such a status: 4xx,500
  --url TEXT         only those with this in their URL
  --header NAME=VALUE, --query NAME=VALUE
                     only those with this request header, or this parameter in the
                     query; * in VALUE is anything. With NAME only: any value, and at
                     the end a table by value. Both may be given more than once
  --record FILE      the figures of these requests, and the slowest 50 of each route,
                     to be shown by show and compared by compare
  --html FILE        the same as a page in one file
  --names probe      routes by their names in the probes
${OUTPUT_OPTIONS}

Credentials are hidden, so there is no --header authorization. By the kernel, URLs of
more than 199 bytes are marked as cut, and headers are read up to 3184 bytes.
`,
  run
}

/** The number of requests of each route that are recorded. */
const SLOWEST = 50

/** Shows every request that is wanted, when it is done. */
async function run(options: Arguments, context: Context): Promise<number> {
  const output = requestsOutput(options, context.style)
  const routes = new Set<string>()
  let seen = 0
  let wanted = 0
  const files = new ReportFiles(options)
  const recorder = files.areWanted ? new RequestRecorder(MILLISECONDS, SLOWEST) : undefined
  const chosen = wantedBy(options)
  const asked = {
    handlers: options.handlers || files.areWanted,
    headers: options.headers.length > 0,
    calls: options.outgoing,
    moments: false,
    wanted: chosen
  }
  const opened = await openRequests(options, context, asked, (request) => {
    seen++
    isKept(routes, request.route, MAX_ROUTES)
    if (!isRequestWanted(request, chosen)) return
    wanted++
    output.show(request)
    recorder?.takeRequest(request)
  })
  const { source } = opened
  const { exitCode, message } = await listen(source, context.interruption, {
    seconds: options.seconds,
    started: () => {
      recorder?.begin()
      say(`tracing ${opened.title}${options.seconds === undefined ? '; Ctrl-C ends it' : ''}`)
    }
  })
  if (message !== undefined) say(message)
  output.end(source.lost())
  sayLost(source)
  const all = source.seen?.() ?? { count: seen, routes }
  if (all.count === 0) say('no request was seen')
  else if (wanted === 0)
    say(`0 of ${all.count} requests matched; the routes were: ${[...all.routes].join(', ')}`)
  if (recorder !== undefined) {
    recorder.end()
    files.write(recordingOf(recorder, 'trace', opened))
  }
  return exitCode
}
