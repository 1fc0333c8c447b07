import { isWorkerOf } from '../processes/family'
import { allPids } from '../processes/proc'

/** The pids given, each followed by those of its workers if it is the primary of a cluster. */
export function withWorkers(pids: readonly number[]): number[] {
  const others = allPids().sort((a, b) => a - b)
  return [...new Set(pids.flatMap((pid) => [pid, ...others.filter((other) => isWorkerOf(other, pid))]))]
}
