import { allPids, parentOf, readProc } from '../processes/proc'

/** What Node puts into the environment of a cluster's worker. */
const WORKER = /(?:^|\0)NODE_UNIQUE_ID=/

/** The pids given, each followed by those of its workers if it is the primary of a cluster. */
export function withWorkers(pids: readonly number[]): number[] {
  const parents = new Map(allPids().map((pid) => [pid, parentOf(pid)]))
  const workersOf = (pid: number) =>
    [...parents.keys()]
      .filter((each) => parents.get(each) === pid && WORKER.test(readProc(each, 'environ') ?? ''))
      .sort((a, b) => a - b)
  return [...new Set(pids.flatMap((pid) => [pid, ...workersOf(pid)]))]
}
