import { collect } from '../../figures/collect'
import { Figures } from '../../figures/figures'
import type { FinishedRequest } from '../../figures/request'
import type { Arguments } from '../arguments'
import type { Context } from '../commands/context'
import { line, type Printable } from '../printable'
import type { Carrier } from '../processes/carriers'
import { titleOf } from '../render/processes'
import { describeCommand } from '../render/text'
import { FiguresAttachment } from './bpftrace/figures-attachment'
import { checkMayTrace } from './bpftrace/permission'
import { installedRelease, type Release } from './bpftrace/release'
import { RequestsAttachment } from './bpftrace/requests-attachment'
import { Target } from './bpftrace/target'
import { type AppOutput, Child } from './child/child'
import { chooseCarriers } from './choose'
import type { DeliverFigures, Source } from './source'

/** A source and how it is spoken of. */
export interface Opened {
  source: Source
  readonly title: Printable
}

/** In milliseconds: as often as the tracing script tells. */
const SECOND = 1000

/** @throws Problem when nothing can be traced as asked */
export function openRequests(
  options: Arguments,
  context: Context,
  deliver: (request: FinishedRequest) => void
): Opened {
  if (options.app !== undefined)
    return started(options.app, new Child(options.app, deliver, outputOf(options)))
  const { carriers, release } = chooseTraced(options, context)
  const target = new Target(carriers)
  return {
    source: new RequestsAttachment(target, options.handlers, release, deliver),
    title: titleOf(carriers)
  }
}

/**
 * Figures that grow, delivered once a second and at the end.
 *
 * @param capture - takes what a started app prints, where that would spoil the screen
 */
export function openFigures(
  options: Arguments & { command: 'latency' | 'top' },
  context: Context,
  deliver: DeliverFigures,
  capture?: (text: string) => void
): Opened {
  if (options.app !== undefined) {
    return started(
      options.app,
      new CollectingChild(options.app, options, deliver, capture ?? outputOf(options))
    )
  }
  const { carriers, release } = chooseTraced(options, context)
  return {
    source: attachFigures(carriers, options, release, deliver),
    title: titleOf(carriers)
  }
}

export function attachFigures(
  carriers: Carrier[],
  { command, grid }: { command: 'latency' | 'top'; grid: Arguments['grid'] },
  release: Release,
  deliver: DeliverFigures
): Source {
  return new FiguresAttachment(new Target(carriers), command, grid, release, deliver)
}

/** What can be mended without root is said first. */
export function chooseTraced(
  { pids, all, command }: Arguments,
  context: Context
): { carriers: Carrier[]; release: Release } {
  const foreign = process.platform !== 'linux'
  if (foreign) checkMayTrace(context.commandLine)
  const carriers = chooseCarriers({ pids, all }, command, context.commandLine)
  checkMayTrace(context.commandLine)
  return { carriers, release: installedRelease() }
}

/** With --json, standard output holds nothing that is not JSON. */
function outputOf({ json }: Arguments): AppOutput {
  return json ? 'stderr' : 'inherit'
}

function started(app: string[], source: Source): Opened {
  return { source, title: line`${describeCommand(app)}, started for it` }
}

/** An app whose requests are added up here. */
class CollectingChild extends Child {
  readonly #grid: Arguments['grid']
  readonly #forgetsExtremes: boolean
  readonly #deliverFigures: DeliverFigures
  #figures: Figures
  #timer: NodeJS.Timeout | undefined

  constructor(
    app: string[],
    { command, grid }: { command: 'latency' | 'top'; grid: Arguments['grid'] },
    deliver: DeliverFigures,
    output: AppOutput
  ) {
    super(app, (request) => collect(this.#figures, request), output)
    this.#grid = grid
    this.#figures = new Figures(grid)
    this.#forgetsExtremes = command === 'top'
    this.#deliverFigures = deliver
  }

  override async start(): Promise<void> {
    await super.start()
    this.#timer = setInterval(() => this.#deliver(false), SECOND)
  }

  override async stop(): Promise<void> {
    clearInterval(this.#timer)
    await super.stop()
    this.#deliver(true)
  }

  #deliver(atEnd: boolean): void {
    const figures = this.#figures
    this.#deliverFigures(figures, atEnd)
    // Whoever compares with this state keeps it, so what follows grows in a copy.
    this.#figures = figures.since(new Figures(this.#grid))
    if (this.#forgetsExtremes) this.#figures.forgetExtremes()
  }
}
