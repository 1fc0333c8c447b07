import type { LoopHistory } from '../../figures/event-loop'
import type { Figures } from '../../figures/figures'

/**
 * Where figures or requests come from: bpftrace, the socket that a process offers, or the channels in
 * one that was started for it.
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
  /** The event loops of the processes, where these tell of them. */
  loops?(): LoopHistory[]
  /** Why figures can't be relied on, or there can be none, should that be so. */
  incomplete(): string | undefined
}

export interface Ending {
  /** A sentence for people. */
  message: string
  /** The exit status that the command takes from it. */
  exitCode: number
}

/** Takes figures that grow: once a second, and at the end, which comes at any time after the last. */
export type DeliverFigures = (figures: Figures, atEnd: boolean) => void
