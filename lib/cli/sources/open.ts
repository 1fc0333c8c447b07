import { collect } from '../../figures/collect'
import type { FinishedRequest } from '../../figures/request'
import { EVERYTHING } from '../../figures/wanted'
import { requestWithoutCredentials } from '../../redaction/credentials'
import type { Arguments } from '../arguments'
import type { Context } from '../commands/context'
import { line, type Printable } from '../printable'
import { Problem } from '../problem'
import type { Carrier } from '../processes/carriers'
import { processesTitle } from '../render/processes'
import { describeCommand } from '../render/text'
import { say } from '../terminal/output'
import { Both } from './both'
import { checkMayTrace, checkPlatform } from './bpftrace/permission'
import { installedRelease, type Release, releaseIfInstalled } from './bpftrace/release'
import { type AppOutput, Child } from './child/child'
import { chooseCarriers } from './choose'
import { GrowingFigures } from './growing-figures'
import { NameLimit } from './name-limit'
import type { Notes } from './socket/socket-source'
import type { DeliverFigures, Source, WatchedRequests, Watcher } from './source'
import { KernelWay, ProcessWay, type Way } from './via'
import type { RequestsAsked } from './wanted'

/** A source, and its title. Once it has started, the title names the processes that it really listens to. */
export interface Opened {
  readonly source: Source
  readonly title: Printable
}

/** The time between two deliveries, in milliseconds: the tracing script tells as often. */
const SECOND = 1000

/** @throws Problem when nothing can be traced as asked */
export async function openRequests(
  options: Arguments,
  context: Context,
  asked: RequestsAsked,
  deliver: (request: FinishedRequest) => void
): Promise<Opened> {
  // Credentials are hidden here, so that no command can print them, nor group or filter by them.
  const safe = (request: FinishedRequest) => deliver(requestWithoutCredentials(request))
  if (options.app !== undefined)
    return started(options.app, new Child(options.app, safe, outputOf(options), asked))
  // Only a process itself can tell of its calls.
  const via = asked.calls ? 'process' : options.via
  const { carriers, way } = await choose({ ...options, via }, context, notesBySaying())
  return opened(way.requests(carriers, asked, safe), carriers)
}

/** The receivers of what comes beside figures. */
export interface Beside {
  /** Takes what a started app prints, where that would spoil the screen. */
  capture?: ((text: string) => void) | undefined
  /** Takes requests with their handlers, at least the slowest of each route. Extremes are then those of each second. */
  requests?: ((request: FinishedRequest) => void) | undefined
}

/** The number of requests of each route that a process tells of in a second. */
const SLOWEST = 5

/** Figures that grow, delivered once a second and at the end. */
export async function openFigures(
  options: Arguments & { command: 'latency' | 'top' },
  context: Context,
  deliver: DeliverFigures,
  { capture, requests }: Beside = {}
): Promise<Opened> {
  const asked = { grid: options.grid, command: requests === undefined ? options.command : 'top' } as const
  const safe = (request: FinishedRequest) => requests?.(requestWithoutCredentials(request))
  if (options.app !== undefined) {
    const output = capture ?? outputOf(options)
    return started(
      options.app,
      new CollectingChild(options.app, { ...asked, deliver, requests: safe }, output)
    )
  }
  const { carriers, way } = await choose(options, context, notesBySaying())
  const figures = way.figures(carriers, asked, deliver)
  const wanted = { handlers: true, headers: false, moments: false, slowest: SLOWEST, wanted: EVERYTHING }
  const source =
    requests === undefined ? figures : new Both(figures, () => way.requests(carriers, wanted, safe))
  return opened(source, carriers)
}

/**
 * The processes that somebody asked for, and how they are listened to: by their sockets, if nobody wants it otherwise
 * and all of them offer one.
 *
 * @throws Problem when there is nothing to listen to as asked
 */
export async function choose(
  { pids, all, name, port, via, command }: Arguments,
  { commandLine }: Context,
  notes: Notes
): Promise<{ carriers: Carrier[]; way: Way }> {
  if (via === 'kernel') checkPlatform()
  const carriers = await chooseCarriers({ pids, all, name, port }, command, commandLine)
  const sockets = new ProcessWay(notes)
  const offering = carriers.filter((carrier) => sockets.takes(carrier))
  if (via === 'process' || (via === undefined && offering.length === carriers.length)) {
    const [silent] = carriers.filter((carrier) => !sockets.takes(carrier))
    if (silent !== undefined) throw offersNoSocket(silent.pid)
    return { carriers, way: sockets }
  }
  const skipped = carriers.flatMap(whyNotByKernel)
  const kernel = new KernelWay(checkedRelease(commandLine))
  const traceable = carriers.filter((carrier) => kernel.takes(carrier))
  if (traceable.length === 0)
    throw new Problem(skipped.join('; '), ['Processes that offer a socket take --via process.'])
  for (const sentence of skipped) say(sentence)
  return { carriers: traceable, way: kernel }
}

function offersNoSocket(pid: number): Problem {
  return new Problem(`process ${pid} offers no socket`, [
    'Either its restify-probes is of a release before 0.2, or it was told not to: option attach, or',
    "RESTIFY_PROBES_ATTACH. In the app, this says why: console.log(require('restify-probes').status().attach)",
    'It can be traced by the kernel: --via kernel, as root'
  ])
}

/** @throws Problem when nothing can be traced by the kernel here */
export function checkedRelease(commandLine: readonly string[]): Release {
  checkPlatform()
  checkMayTrace(commandLine, releaseIfInstalled())
  return installedRelease()
}

/**
 * Tells which of its addons can't be traced, if any: one of several processes must not keep the others from
 * being traced.
 */
function whyNotByKernel({ pid, user, addons }: Carrier): string[] {
  if (addons.length === 0)
    return [`process ${pid} of ${user.name} is left out: it has no probes for the kernel, only a socket`]
  return addons.flatMap(({ path, refusal }) =>
    refusal === undefined
      ? []
      : [`process ${pid} of ${user.name} is left out, since ${path} can't be traced: ${refusal}`]
  )
}

function notesBySaying(): Notes {
  return {
    silent(text, isFirst) {
      if (isFirst) say(text)
    },
    answered: say
  }
}

/** With --json, standard output holds nothing that is not JSON. */
function outputOf({ json }: Arguments): AppOutput {
  return json ? 'stderr' : 'inherit'
}

function opened(source: Source, carriers: readonly Carrier[]): Opened {
  return {
    source,
    get title() {
      return processesTitle(listenedTo(source, carriers))
    }
  }
}

/** Gives these processes without those that the source has left out. */
export function listenedTo(source: Source, carriers: readonly Carrier[]): Carrier[] {
  const leftOut = source.leftOut?.() ?? []
  return carriers.filter((carrier) => !leftOut.includes(carrier))
}

function started(app: string[], source: Source): Opened {
  return { source, title: line`${describeCommand(app)}, started for it` }
}

/** An app whose requests are added up here. */
class CollectingChild extends Child {
  readonly #growing: GrowingFigures
  readonly #requests: (request: FinishedRequest) => void
  readonly #limit = new NameLimit()
  readonly #watchers = new Set<(request: FinishedRequest) => void>()
  #timer: NodeJS.Timeout | undefined

  constructor(
    app: string[],
    {
      command,
      grid,
      deliver,
      requests
    }: {
      command: 'latency' | 'top'
      grid: Arguments['grid']
      deliver: DeliverFigures
      requests(request: FinishedRequest): void
    },
    output: AppOutput
  ) {
    super(app, (request) => this.#take(request), output)
    this.#requests = requests
    this.#growing = new GrowingFigures(command, grid, deliver)
  }

  watch({ route, slowerThanMs }: WatchedRequests, { request: take }: Watcher): () => void {
    const watcher = (request: FinishedRequest) => {
      if (request.route === route && request.durationNs >= slowerThanMs * 1e6) take(request)
    }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #take(request: FinishedRequest): void {
    const limited = this.#limit.applied(request)
    collect(this.#growing.figures, limited)
    this.#requests(limited)
    for (const watcher of this.#watchers) watcher(limited)
  }

  override async start(): Promise<void> {
    await super.start()
    this.#timer = setInterval(() => this.#growing.deliver(false), SECOND)
  }

  override async stop(): Promise<void> {
    clearInterval(this.#timer)
    await super.stop()
    this.#growing.deliver(true)
  }
}
