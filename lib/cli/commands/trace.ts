import type { Arguments, StatusRange } from '../arguments'
import type { TracedRequest } from '../figures/request'
import { requestJson } from '../render/json'
import { requestLine, waterfall } from '../render/request'
import { type Context, print, say, sayLost } from './context'
import { listen } from './listen'
import { openRequests } from './sources'

/** Columns of what is no terminal. */
const WIDTH = 100

/** Every request that is wanted, when it is done. */
export async function trace(options: Arguments, context: Context): Promise<number> {
  const { style, interruption } = context
  const shown = (request: TracedRequest) =>
    options.json
      ? JSON.stringify(requestJson(request, options.handlers))
      : [
          requestLine(request, style),
          ...(options.handlers ? waterfall(request, process.stdout.columns || WIDTH, style) : [])
        ].join('\n')
  const routes = new Set<string>()
  let seen = 0
  let wanted = 0
  const { source, title } = openRequests(options, context, (request) => {
    seen++
    routes.add(request.route)
    if (!isWanted(request, options)) return
    wanted++
    print(shown(request))
  })
  const { exitCode, message } = await listen(source, interruption, {
    seconds: options.seconds,
    started: () => say(`tracing ${title}${options.seconds === undefined ? '; Ctrl-C ends it' : ''}`)
  })
  if (message !== undefined) say(message)
  if (options.json) print(JSON.stringify({ type: 'lost', count: source.lost() }))
  sayLost(source)
  if (seen === 0) say('no request was seen')
  else if (wanted === 0) say(`0 of ${seen} requests matched; the routes were: ${[...routes].join(', ')}`)
  return exitCode
}

export function isWanted(
  { route, durationNs, status }: TracedRequest,
  wanted: { route?: string; slowerThanMs: number; statuses: readonly StatusRange[] }
): boolean {
  return (
    (wanted.route === undefined || route === wanted.route) &&
    durationNs >= wanted.slowerThanMs * 1e6 &&
    (wanted.statuses.length === 0 || wanted.statuses.some(({ from, to }) => status >= from && status <= to))
  )
}
