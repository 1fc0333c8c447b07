import type { Where } from '../../scripts/clauses'
import { Target } from './target'

/** The processes that have some files, those too that start later: the kernel attaches to the files themselves. */
export class HostTarget extends Target {
  /** bpftrace is told of no process, as it would then attach to that one alone. */
  override get pid(): undefined {
    return undefined
  }

  override where(): Where {
    return { ...super.where(), pids: [] }
  }

  /** Others may start whenever all have ended. */
  override get isOver(): boolean {
    return false
  }
}
