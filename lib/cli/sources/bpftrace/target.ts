import { readlinkSync } from 'node:fs'
import { Problem } from '../../problem'
import { type Carrier, fileInside, tracersOn } from '../../processes/carriers'
import { isAlive, startTicks } from '../../processes/proc'
import type { Where } from '../../scripts/clauses'

/** The processes that one bpftrace traces. */
export class Target {
  readonly #started: Map<number, number>
  readonly #tracers: Map<number, number[] | undefined>

  constructor(readonly carriers: readonly Carrier[]) {
    this.#started = new Map(carriers.map(({ pid }) => [pid, startTicks(pid)]))
    this.#tracers = new Map(carriers.map((carrier) => [carrier.pid, tracersOn(carrier)]))
    if (carriers.length > 1 && !inFirstPidNamespace()) {
      throw new Problem(
        "in a container, processes can be traced one at a time only: bpftrace knows them by the host's pids",
        ['Run restify-probes on the host, or give one -p.']
      )
    }
  }

  /** For bpftrace's own -p, which is right in any pid namespace, and leaves other processes alone. */
  get pid(): number | undefined {
    return this.carriers.length === 1 ? this.carriers[0]?.pid : undefined
  }

  where(): Where {
    const { pid } = this
    const files = new Map<string, string>()
    for (const { addons } of this.carriers)
      for (const addon of addons)
        files.set(addon.inode, pid === undefined ? addon.file : fileInside({ ...addon, pid }))
    return {
      files: [...files.values()],
      pids: pid === undefined ? this.carriers.map((carrier) => carrier.pid) : []
    }
  }

  alive(): Carrier[] {
    return this.carriers.filter(({ pid }) => isAlive(pid) && startTicks(pid) === this.#started.get(pid))
  }

  /** Whether so many probes of each that still runs have one tracer more than at first; undefined if that can't be seen. */
  attached(probes: number): boolean | undefined {
    const each = this.alive().map((carrier) => {
      const before = this.#tracers.get(carrier.pid)
      const more = tracersOn(carrier)?.filter((count, index) => count > (before?.[index] ?? 0))
      return more === undefined ? undefined : more.length >= probes * carrier.addons.length
    })
    return each.includes(undefined) ? undefined : each.every(Boolean)
  }
}

/** The first namespace's inode, which the kernel has fixed (PROC_PID_INIT_INO). */
const FIRST = 'pid:[4026531836]'

function inFirstPidNamespace(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') === FIRST
  } catch {
    return true
  }
}
