import { parentOf, readProc } from './proc'

/** How many generations are looked at. */
const GENERATIONS = 20

/** Whether a process was started by another, or by one that this has started. */
export function isBelow(pid: number, ancestor: number): boolean {
  let parent = parentOf(pid)
  for (let i = 0; i < GENERATIONS && parent > 0; i++) {
    if (parent === ancestor) return true
    parent = parentOf(parent)
  }
  return false
}

/** Whether a process is a worker of a cluster that another is the primary of, such as pm2. */
export function isWorkerOf(pid: number, primary: number): boolean {
  // Node's cluster tells a worker by this which one it is.
  return (
    parentOf(pid) === primary &&
    (readProc(pid, 'environ') ?? '').split('\0').some((line) => line.startsWith('NODE_UNIQUE_ID='))
  )
}
