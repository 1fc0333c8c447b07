import type { LoopFigures, LoopHistory } from '../../figures/event-loop'
import { addBusy, describeRoute, Figures, type RouteFigures } from '../../figures/figures'
import { BUCKETS, GRIDS, type Grid } from '../../figures/grid'
import type { FinishedRequest } from '../../figures/request'
import {
  count,
  fields,
  list,
  Malformed,
  notNegative,
  number,
  parseJson,
  text,
  time
} from '../sources/checked-json'
import { readRequest } from '../sources/checked-request'
import { FORMAT, MAX_SLICES, type Recording, type Slice } from './recording'

/** The most routes and handlers that are read: many times what is told apart in a process. */
const MAX_ROUTES = 20_000
const MAX_HANDLERS = 100_000

/** A recording of a format that this release does not read. */
export class OtherFormat extends Error {
  constructor(
    readonly format: number,
    /** The release that made it, as it says. */
    readonly version: string
  ) {
    super()
  }
}

/**
 * The recording that a text holds. Whoever made it could have written anything.
 *
 * @throws Malformed for what is none
 * @throws OtherFormat for one of another version of the format
 */
export function readRecording(json: string): Recording {
  const told = fields(parseJson(json))
  const format = count(fields(told.restifyProbes).recording)
  const version = readVersion(told.version)
  if (format < FORMAT.oldest || format > FORMAT.newest) throw new OtherFormat(format, version)
  const { unit } = told
  if (unit !== 'ms' && unit !== 'us') throw new Malformed()
  const grid = GRIDS[unit] as Grid
  const slices = list(told.slices).map((seconds): Slice => {
    return { seconds: notNegative(seconds), figures: new Figures(grid) }
  })
  if (slices.length > MAX_SLICES) throw new Malformed()
  const figures = new Figures(grid)
  new FiguresReader(figures, slices).read(told.routes)
  return {
    version,
    command: text(told.command),
    title: text(told.title),
    beganMs: readDate(told.began),
    endedMs: readDate(told.ended),
    unit,
    notes: list(told.notes).map(text),
    figures,
    slices,
    requests: list(told.requests).map(readRecorded),
    loops: list(told.loops).map(readLoop)
  }
}

/** The version is shown as part of a command to type. */
function readVersion(value: unknown): string {
  return typeof value === 'string' && /^[\w.+-]{1,40}$/.test(value) ? value : 'unknown'
}

function readDate(value: unknown): number {
  return time(Date.parse(text(value)))
}

/** Adds routes and handlers to the figures of each slice, and of all. */
class FiguresReader {
  readonly #all: Figures
  readonly #slices: readonly Slice[]
  #handlers = 0

  constructor(all: Figures, slices: readonly Slice[]) {
    this.#all = all
    this.#slices = slices
  }

  /** @throws Malformed for what are no routes */
  read(value: unknown): void {
    const routes = list(value)
    if (routes.length > MAX_ROUTES) throw new Malformed()
    for (const route of routes) this.#readRoute(fields(route))
  }

  #readRoute(told: Record<string, unknown>): void {
    const name = text(told.name)
    if (this.#all.routes.has(name)) throw new Malformed()
    const method = told.method === undefined ? undefined : text(told.method)
    const path = told.path === undefined ? undefined : text(told.path)
    const described = (figures: Figures): RouteFigures => {
      const route = figures.route(name)
      describeRoute(route, method, path)
      return route
    }
    described(this.#all).errors = count(told.errors)
    this.#readDistribution(told.requests, (figures) => described(figures).requests)
    for (const handler of list(told.handlers)) this.#readHandler(name, fields(handler))
  }

  #readHandler(route: string, told: Record<string, unknown>): void {
    if (++this.#handlers > MAX_HANDLERS) throw new Malformed()
    const name = text(told.name)
    const location = text(told.location)
    const handlerIn = (figures: Figures) => figures.handler(route, name, location)
    if (told.busyNs !== undefined) addBusy(handlerIn(this.#all), notNegative(told.busyNs))
    this.#readDistribution(told.durations, (figures) => handlerIn(figures).durations)
  }

  #readDistribution(value: unknown, of: (figures: Figures) => RouteFigures['requests']): void {
    const { minNs, maxNs, slices } = fields(value)
    const all = of(this.#all)
    for (const row of list(slices)) {
      const [index, sumNs, ...buckets] = list(row)
      const slice = this.#slices[count(index)]
      if (slice === undefined || buckets.length % 2 !== 0) throw new Malformed()
      for (const distribution of [all, of(slice.figures)]) {
        distribution.sumNs += notNegative(sumNs)
        for (let i = 0; i < buckets.length; i += 2)
          distribution.add(readBucket(buckets[i]), count(buckets[i + 1]))
      }
    }
    if (minNs !== null) all.minNs = Math.min(all.minNs, notNegative(minNs))
    all.maxNs = Math.max(all.maxNs, notNegative(maxNs))
    if (all.minNs !== Number.POSITIVE_INFINITY) all.minNs = Math.min(all.minNs, all.maxNs)
  }
}

function readBucket(value: unknown): number {
  const bucket = number(value)
  if (!Number.isInteger(bucket) || bucket < -1 || bucket >= BUCKETS - 1) throw new Malformed()
  return bucket
}

function readRecorded(value: unknown): FinishedRequest {
  const { pid, thread, routePath } = fields(value)
  return {
    pid: count(pid),
    ...(thread === undefined ? {} : { thread: count(thread) }),
    ...readRequest(value, routePath)
  }
}

function readLoop(value: unknown): LoopHistory {
  const told = fields(value)
  return {
    pid: count(told.pid),
    thread: count(told.thread),
    last: readLoopFigures(told.last),
    whole: readLoopFigures(told.whole)
  }
}

const LOOP_FIGURES = [
  'ms',
  'delayP50Ms',
  'delayP99Ms',
  'delayMaxMs',
  'busyMs',
  'gcMs',
  'cpuMs',
  'heapUsed',
  'rss'
] as const satisfies readonly (keyof LoopFigures)[]

function readLoopFigures(value: unknown): LoopFigures {
  const told = fields(value)
  return Object.fromEntries(LOOP_FIGURES.map((name) => [name, number(told[name])])) as unknown as LoopFigures
}
