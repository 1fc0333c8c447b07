import { parentOf, readProc, startTicks } from './proc'

/** The most generations that are looked at. */
const GENERATIONS = 20

/** Whether a process was started by another, or by one that this has started. */
export function isBelow(pid: number, ancestor: number): boolean {
  let child = pid
  for (let i = 0; i < GENERATIONS; i++) {
    const parent = parentOf(child)
    // A parent that is younger than its child has the number of one that is gone.
    if (parent <= 0 || startTicks(parent) > startTicks(child)) return false
    if (parent === ancestor) return true
    child = parent
  }
  return false
}

/** A process that was started by ours, and may be sent a signal: another one with its number may not. */
export class Descendant {
  private constructor(
    readonly pid: number,
    private readonly started: number
  ) {}

  /** @returns undefined where it can't be shown that `ancestor` has started the process */
  static of(pid: number, ancestor: number): Descendant | undefined {
    const started = startTicks(pid)
    return isBelow(pid, ancestor) ? new Descendant(pid, started) : undefined
  }

  kill(signal: NodeJS.Signals): void {
    try {
      if (Object.is(startTicks(this.pid), this.started)) process.kill(this.pid, signal)
    } catch {}
  }
}

/** Whether a process is a worker of a cluster that another is the primary of, such as pm2. */
export function isWorkerOf(pid: number, primary: number): boolean {
  // Node's cluster tells a worker by this which one it is.
  return (
    parentOf(pid) === primary &&
    (readProc(pid, 'environ') ?? '').split('\0').some((line) => line.startsWith('NODE_UNIQUE_ID='))
  )
}
