import type { LoopHistory } from '../../figures/event-loop'
import type { Figures } from '../../figures/figures'
import type { FinishedRequest } from '../../figures/request'
import type { Carrier } from '../processes/carriers'

/**
 * The origin of figures or requests: bpftrace, the socket that a process offers, or the channels in a process
 * that was started for it.
 */
export interface Source {
  /** Resolves when every probe is listened to. */
  start(): Promise<void>
  /** Resolves by itself when there is nothing left to listen to. */
  readonly ended: Promise<Ending>
  /** Ends it; what was measured has been delivered when it resolves. */
  stop(): Promise<void>
  /** Gives the number of requests that were lost on the way so far. */
  lost(): number
  /** A sentence on so much that was lost, and what that means. */
  describeLost(count: number): string
  /**
   * Gives the number of requests that were done, and their routes, where the source itself leaves out
   * those that nobody wants.
   */
  seen?(): { count: number; routes: Iterable<string> }
  /** The processes that the source was asked to listen to and can't; it listens to the others. */
  leftOut?(): readonly Carrier[]
  /** The event loops of the processes, where these tell of them. */
  loops?(): LoopHistory[]
  /**
   * Also delivers single requests, where the source has figures and can tell of those at no great cost.
   *
   * @returns what ends it
   */
  watch?(wanted: WatchedRequests, watcher: Watcher): (() => void) | undefined
  /** The reason why figures can't be relied on, or why there are none; undefined if all is well. */
  incomplete(): string | undefined
}

/** The choice of requests that are watched. */
export interface WatchedRequests {
  /** The route's name in the probes. */
  route: string
  slowerThanMs: number
}

/** Takes requests that are watched. */
export interface Watcher {
  /** Takes one as the app told of it, credentials and all. */
  request(request: FinishedRequest): void
  /** It is called with a sentence that says why there will be no more. */
  failed(sentence: string): void
}

export interface Ending {
  /** A sentence for people. */
  message: string
  /** The exit status that the command takes from it. */
  exitCode: number
}

/** Takes figures that grow: once a second, and at the end, which comes at any time after the last. */
export type DeliverFigures = (figures: Figures, atEnd: boolean) => void
