import type { LoopHistory } from '../../figures/event-loop'
import type { Figures } from '../../figures/figures'
import type { Grid } from '../../figures/grid'
import type { FinishedRequest } from '../../figures/request'

/** The version of the format that this release writes, and the oldest that it reads. */
export const FORMAT = { newest: 1, oldest: 1 } as const

/**
 * A recording is divided into at most so many slices of time, from which it can be told how much
 * figures vary.
 */
export const MAX_SLICES = 32

/** The largest file that is read, in bytes. */
export const MAX_SIZE = 32 * 1024 * 1024

/** Figures of a part of the time. */
export interface Slice {
  seconds: number
  /** The figures, without extremes. */
  figures: Figures
}

/** All that was measured in some time: what `--record` writes and `show` reads. */
export interface Recording {
  /** The release of restify-probes that made it. */
  version: string
  /** The command that made it, and the processes that it was of, in words. */
  command: string
  title: string
  /** The start, in milliseconds since 1970. */
  beganMs: number
  endedMs: number
  unit: Grid['label']
  /** The reasons why the figures are not whole, in sentences. */
  notes: readonly string[]
  /** The figures of all the time. */
  figures: Figures
  /** The slices, one after the other. */
  slices: readonly Slice[]
  /** The slowest requests of each route, the slowest of all last. */
  requests: readonly FinishedRequest[]
  loops: readonly LoopHistory[]
}
