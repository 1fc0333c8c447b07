import { isBelow } from '../processes/ancestry'
import { isWorkerOf } from '../processes/guarded'
import { listeningSockets, ownedBy } from '../processes/listening'
import { allPids } from '../processes/proc'

/**
 * The processes that are meant by some: in place of the primary of a cluster its workers, and in place of one
 * that listens on no port, such as npm or nodemon, those that it has started and that do.
 */
export function processesMeant(pids: readonly number[]): number[] {
  const others = allPids().sort((a, b) => a - b)
  return [...new Set(pids.flatMap((pid) => meantBy(pid, others)))]
}

function meantBy(pid: number, others: readonly number[]): number[] {
  const workers = others.filter((other) => isWorkerOf(other, pid))
  if (workers.length > 0) return workers
  if (listens(pid)) return [pid]
  const below = others.filter((other) => isBelow(other, pid) && listens(other))
  return below.length > 0 ? below : [pid]
}

function listens(pid: number): boolean {
  return ownedBy(pid, listeningSockets(pid)).length > 0
}

/** The processes that listen on a port; of a cluster, the primary does. */
export function processesAt(port: number): number[] {
  return allPids().filter((pid) =>
    ownedBy(
      pid,
      listeningSockets(pid).filter((socket) => socket.port === port)
    ).some(() => true)
  )
}
