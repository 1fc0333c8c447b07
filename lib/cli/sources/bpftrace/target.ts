import { readlinkSync } from 'node:fs'
import { Problem } from '../../problem'
import { type OpenAddon, openAddon } from '../../processes/addon'
import { type Carrier, isRunning, traceableAddons, tracersOn } from '../../processes/carriers'
import { Refusal } from '../../processes/elf'
import type { Where } from '../../scripts/clauses'

/** The processes that one bpftrace traces. */
export class Target {
  readonly #tracers: Map<number, number[] | undefined>
  /** By the inode that the kernel attaches to. */
  readonly #files = new Map<string, OpenAddon>()

  constructor(readonly carriers: readonly Carrier[]) {
    this.#tracers = new Map(carriers.map((carrier) => [carrier.pid, tracersOn(carrier)]))
    if (carriers.length > 1 && !inFirstPidNamespace()) {
      throw new Problem(
        "in a container, processes can be traced one at a time only: bpftrace knows them by the host's pids",
        ['Run restify-probes on the host, or give one -p.']
      )
    }
    for (const carrier of carriers) this.#open(carrier)
  }

  #open(carrier: Carrier): void {
    for (const addon of traceableAddons(carrier)) {
      if (this.#files.has(addon.inode)) continue
      const opened = openAddon(carrier.pid, addon)
      if (!(opened instanceof Refusal)) this.#files.set(addon.inode, opened)
    }
  }

  /** Lets go of the files: bpftrace has read them once it is attached, and never again. */
  close(): void {
    for (const { file } of this.#files.values()) file.close()
    this.#files.clear()
  }

  /** For bpftrace's own -p, which is right in any pid namespace, and leaves other processes alone. */
  get pid(): number | undefined {
    return this.carriers.length === 1 ? this.carriers[0]?.pid : undefined
  }

  where(): Where {
    return {
      files: [...this.#files.values()].map(({ file, mapped }) => {
        // bpftrace since 0.25 takes a path, along with -p, for two files, unless it is the process's own.
        return this.pid === undefined ? file.path : mapped
      }),
      pids: this.pid === undefined ? this.carriers.map(({ pid }) => pid) : []
    }
  }

  alive(): Carrier[] {
    return this.carriers.filter(isRunning)
  }

  /** Whether so many probes of each that still runs have one tracer more than at first; undefined if that can't be seen. */
  attached(probes: number): boolean | undefined {
    const each = this.alive().map((carrier) => {
      const before = this.#tracers.get(carrier.pid)
      const more = tracersOn(carrier)?.filter((count, index) => count > (before?.[index] ?? 0))
      return more === undefined ? undefined : more.length >= probes * traceableAddons(carrier).length
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
