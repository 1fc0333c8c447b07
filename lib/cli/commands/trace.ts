import type { FinishedRequest } from '../../figures/request'
import type { Arguments, StatusRange } from '../arguments'
import type { Command } from '../command'
import { OUTPUT_OPTIONS, PROCESS_OPTIONS } from '../help'
import { LISTENING } from '../options'
import { requestsOutput } from '../outputs/requests'
import { isRouteNamed } from '../render/names'
import { isKept } from '../sources/name-limit'
import { openRequests } from '../sources/open'
import { say } from '../terminal/output'
import { type Context, sayLost } from './context'
import { listen } from './listen'

/** The number of routes that are named when no request was wanted. */
const MAX_ROUTES = 1000

export const trace: Command = {
  options: [...LISTENING, 'route', 'handlers', 'duration', 'slower-than', 'status', 'json'],
  startsApp: true,
  help: `restify-probes trace: a line for each request when it is done: time, method, URL, status,
duration, route. URLs of more than 199 bytes are marked as cut.

  restify-probes trace -p 4711 --handlers --slower-than 100
  restify-probes trace -p 4711 --status 5xx,404 --json
  restify-probes trace --handlers -- node app.js

${PROCESS_OPTIONS}
  --handlers         below each request its handlers, as bars on its time line: █ held
                     the event loop, ░ waited
  --route ROUTE      only requests of this route: /users/:id, 'GET /users/:id', or its
                     name in the probes, getusersid
  --slower-than MS   only those that took at least so long
  --status LIST      only those with such a status: 4xx,500
${OUTPUT_OPTIONS}
`,
  run
}

/** Every request that is wanted, when it is done. */
async function run(options: Arguments, context: Context): Promise<number> {
  const output = requestsOutput(options, context.style)
  const routes = new Set<string>()
  let seen = 0
  let wanted = 0
  const { source, title } = await openRequests(options, context, (request) => {
    seen++
    isKept(routes, request.route, MAX_ROUTES)
    if (!isWanted(request, options)) return
    wanted++
    output.show(request)
  })
  const { exitCode, message } = await listen(source, context.interruption, {
    seconds: options.seconds,
    started: () => say(`tracing ${title}${options.seconds === undefined ? '; Ctrl-C ends it' : ''}`)
  })
  if (message !== undefined) say(message)
  output.end(source.lost())
  sayLost(source)
  const all = source.seen?.() ?? { count: seen, routes }
  if (all.count === 0) say('no request was seen')
  else if (wanted === 0)
    say(`0 of ${all.count} requests matched; the routes were: ${[...all.routes].join(', ')}`)
  return exitCode
}

export function isWanted(
  { route, method, routePath, durationNs, status }: FinishedRequest,
  wanted: { route?: string; slowerThanMs: number; statuses: readonly StatusRange[] }
): boolean {
  return (
    (wanted.route === undefined || isRouteNamed(wanted.route, route, { method, path: routePath ?? '' })) &&
    durationNs >= wanted.slowerThanMs * 1e6 &&
    (wanted.statuses.length === 0 || wanted.statuses.some(({ from, to }) => status >= from && status <= to))
  )
}
