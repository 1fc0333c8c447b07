import type { Answer, Beat, FiguresMessage, Greeting, ProcessDescription } from '../../../aggregate/protocol'
import { BUCKETS } from '../../../figures/grid'
import type { FinishedRequest } from '../../../figures/request'
import { count, fields, list, Malformed, notNegative, number, text, time } from '../checked-json'
import { readRequest } from '../checked-request'
import { readLoopBeat } from '../told-loop'

/** Checks what processes tell: one that is not what it says it is could tell anything. */

/** @throws Malformed for what is no greeting */
export function readGreeting(line: unknown): Greeting {
  const { restifyProbes, version, pid, thread } = fields(line)
  const { oldest, newest } = fields(restifyProbes)
  return {
    restifyProbes: { oldest: count(oldest), newest: count(newest) },
    // The version is shown as part of a command to type.
    version: typeof version === 'string' && /^[\w.+-]{1,40}$/.test(version) ? version : 'unknown',
    pid: count(pid),
    thread: count(thread)
  }
}

/** @throws Malformed for what is no answer */
export function readAnswer(line: unknown): Answer {
  const answer = fields(line)
  return {
    ...(answer.listening === true ? { listening: true } : {}),
    ...(answer.ended === true ? { ended: true } : {}),
    ...(typeof answer.refused === 'string' ? { refused: answer.refused } : {}),
    ...(answer.process === undefined ? {} : { process: readProcess(answer.process) }),
    ...(answer.figures === undefined ? {} : { figures: readFigures(answer.figures) }),
    ...(answer.beat === undefined ? {} : { beat: readBeat(answer.beat) })
  }
}

/** The requests in an answer; none if there are none. */
export function readRequests(line: unknown): Omit<FinishedRequest, 'pid'>[] {
  const { requests } = fields(line)
  return requests === undefined ? [] : list(requests).map(readTold)
}

function readProcess(value: unknown): ProcessDescription {
  const told = fields(value)
  const { provider } = told
  return {
    pid: count(told.pid),
    thread: count(told.thread),
    startedMs: time(told.startedMs),
    node: text(told.node),
    platform: text(told.platform),
    cwd: text(told.cwd),
    command: list(told.command).map(text),
    ports: list(told.ports).map(count),
    provider: provider === 'usdt' || provider === 'dtrace' ? provider : 'none',
    listeners: count(told.listeners)
  }
}

function readFigures(value: unknown): FiguresMessage {
  const told = fields(value)
  return {
    routes: list(told.routes).map((row) => {
      const [route, name, method, path] = list(row)
      return [count(route), text(name), text(method), text(path)]
    }),
    handlers: list(told.handlers).map((row) => {
      const [handler, route, name, named, location] = list(row)
      return [count(handler), count(route), text(name), named === 1 ? 1 : 0, text(location)]
    }),
    requests: list(told.requests).map((row) => {
      const [route, status, ...figures] = list(row)
      return [count(route), readStatus(status), ...readTally(figures)]
    }),
    runs: list(told.runs).map((row) => {
      const [handler, ...figures] = list(row)
      return [count(handler), ...readTally(figures)]
    })
  }
}

/** A status that no response can have counts as one that is not known: an app may write anything into its own. */
function readStatus(value: unknown): number {
  const status = number(value)
  return Number.isInteger(status) && status >= 0 && status <= 999 ? status : 0
}

/** The buckets come in the order of the grid, each once at most, so that a list of them is never longer than the grid. */
function readTally([all, sumNs, minNs, maxNs, busyNs, buckets]: unknown[]) {
  const pairs = list(buckets).map(number)
  let before = -2
  for (let i = 0; i < pairs.length; i += 2) {
    const bucket = pairs[i] as number
    if (!Number.isInteger(bucket) || bucket <= before || bucket >= BUCKETS - 1) throw new Malformed()
    before = bucket
    count(pairs[i + 1])
  }
  const [least, most] = [notNegative(minNs), notNegative(maxNs)]
  return [count(all), notNegative(sumNs), Math.min(least, most), most, notNegative(busyNs), pairs] as const
}

function readBeat(value: unknown): Beat {
  const { seen, lost, routes } = fields(value)
  return { ...readLoopBeat(value), seen: count(seen), lost: count(lost), routes: list(routes).map(text) }
}

function readTold(value: unknown): Omit<FinishedRequest, 'pid'> {
  const { path, responseHeaders, client } = fields(value)
  return {
    ...readRequest(value, path),
    ...(responseHeaders === undefined ? {} : { responseHeaders: text(responseHeaders) }),
    ...(client === undefined ? {} : { client: text(client) })
  }
}
