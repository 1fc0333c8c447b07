import { MILLISECONDS } from '../../figures/grid'
import type { FinishedRequest } from '../../figures/request'
import { EVERYTHING, isRouteNamed } from '../../figures/wanted'
import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { OUTPUT_OPTIONS, PROCESS_OPTIONS } from '../help'
import { LISTENING } from '../options'
import { ReportFiles, recordingOf } from '../outputs/report-files'
import { whyOutput } from '../outputs/why'
import { line } from '../printable'
import { RequestRecorder } from '../recording/request-recorder'
import { whyParagraphs } from '../render/why'
import { openRequests } from '../sources/open'
import { sizeOf } from '../sources/request-size'
import { Progress, say } from '../terminal/output'
import { diagnose } from '../why/diagnosis'
import { type Context, sayLost } from './context'
import { listen } from './listen'

/** The time for which requests are watched, in seconds, unless told otherwise. */
const DURATION = 10

/** The number of requests that are looked at, and of all their characters: with their headers, some 100 MB. */
const MAX_REQUESTS = 60_000
const MAX_CHARACTERS = 250_000_000

export const why: Command = {
  options: [...LISTENING, 'route', 'duration', 'record', 'html', 'json'],
  startsApp: true,
  help: `restify-probes why watches for ten seconds. Then it says which route is slow, which
handler makes it so and where that was written, whether it holds the event loop or
waits, and what the slow requests have in common that the quick ones have not. The
picture shows a slow request above a usual one: █ held the event loop, ░ waited.

  restify-probes why -p 4711
  restify-probes why --port 3000 --duration 30 --route 'GET /users/:id'
  restify-probes why -- node app.js

${PROCESS_OPTIONS}: 10 unless given
  --route ROUTE      only what makes this route slow: /users/:id, 'GET /users/:id', or its
                     name in the probes, getusersid
  --html FILE        the same as a page in one file, with the slowest requests
  --record FILE      what was watched, for show and compare
${OUTPUT_OPTIONS}

It names nothing that chance explains as well. Headers, clients, garbage collection and
what holds the loop after an await are not known by --via kernel. With -- COMMAND the
time begins with the first request, and clients are not known.
`,
  run
}

/** The number of requests of each route that are recorded. */
const SLOWEST = 5

/** Says why requests are slow. */
async function run(options: Arguments, context: Context): Promise<number> {
  const files = new ReportFiles(options)
  const recorder = files.areWanted ? new RequestRecorder(MILLISECONDS, SLOWEST) : undefined
  const requests: FinishedRequest[] = []
  let characters = 0
  let left = 0
  const progress = new Progress()
  // The requests of every route are watched, as one may hold up another.
  const asked = { handlers: true, headers: true, moments: true, wanted: EVERYTHING }
  let fromMs = Date.now()
  let begin = () => {}
  // Nobody can send requests to an app before it has been started, so that it may take a while until one comes.
  const first =
    options.app === undefined
      ? undefined
      : new Promise<void>((resolve) => {
          begin = resolve
        })
  const opened = await openRequests(options, context, asked, (request) => {
    if (first !== undefined && requests.length === 0) {
      // The app says when its first request began, and may say anything.
      fromMs = Math.min(Math.max(fromMs, request.startMs), Date.now())
      recorder?.begin()
      begin()
    }
    recorder?.takeRequest(request)
    characters += sizeOf(request)
    if (requests.length >= MAX_REQUESTS || characters > MAX_CHARACTERS) left++
    else requests.push(request)
  })
  const { source } = opened
  const seconds = options.seconds ?? DURATION
  const showing = setInterval(() => {
    const passed = Math.round((Date.now() - fromMs) / 1000)
    if (first !== undefined && requests.length === 0) progress.show(line`waiting for the first request`)
    else progress.show(line`${passed} of ${seconds} s, ${requests.length} requests so far`)
  }, 500)
  const { exitCode, message } = await listen(source, context.interruption, {
    seconds,
    from: first,
    started: () => {
      fromMs = Date.now()
      if (first === undefined) recorder?.begin()
      say(
        first === undefined
          ? `watching ${opened.title} for ${seconds} s`
          : `watching ${opened.title}, for ${seconds} s from its first request on`
      )
    }
  }).finally(() => clearInterval(showing))
  progress.end()
  if (message !== undefined) say(message)
  sayLost(source)
  if (left > 0) say(`only the first ${requests.length} requests were looked at; ${left} more came`)
  const overMs = Math.min(Date.now(), fromMs + seconds * 1000)
  const toMs = Math.max(fromMs + 1, overMs, ...requests.slice(-1000).map(endOf))
  const isMeant = (request: FinishedRequest) => isOfRoute(request, options.route)
  const watched = { requests, loops: source.loops?.() ?? [], fromMs, toMs }
  const diagnosis = diagnose(watched, isMeant)
  whyOutput(options, context.style).show(diagnosis)
  if (recorder !== undefined) {
    recorder.end()
    const recording = recordingOf(recorder, 'why', opened)
    files.write(recording, whyParagraphs(diagnosis))
  }
  return exitCode
}

function isOfRoute({ route, method, routePath }: FinishedRequest, wanted: string | undefined): boolean {
  return wanted === undefined || isRouteNamed(wanted, route, method, routePath)
}

function endOf({ startMs, durationNs }: FinishedRequest): number {
  return startMs + durationNs / 1e6
}
