import { readlinkSync } from 'node:fs'
import { Problem } from '../../problem'
import { Apart, Unanswered } from '../../processes/apart/apart'
import { type Carrier, isRunning, traceableAddons } from '../../processes/carriers'
import { tracersOn } from '../../processes/guarded'
import { pidsOf } from '../../render/processes'
import type { Where } from '../../scripts/clauses'

/** The processes that one bpftrace traces. */
export class Target {
  readonly #tracers: Map<number, number[] | undefined>
  readonly #isContainer: boolean
  /** The files, each once: one that is attached to twice would fire twice. */
  readonly #files = new Map<string, { path: string; mapped: string }>()
  /** The files that did not answer when they were opened again. */
  readonly #silent = new Set<string>()
  /** Holds the files open, so that a tracer reads what was checked. */
  readonly #holder = new Apart()

  constructor(readonly carriers: readonly Carrier[]) {
    this.#tracers = new Map(carriers.map((carrier) => [carrier.pid, tracersOn(carrier)]))
    if (carriers.length > 1 && !inFirstPidNamespace()) {
      throw new Problem(
        "in a container, processes can be traced one at a time only: bpftrace knows them by the host's pids",
        ['Run restify-probes on the host, or give one -p.']
      )
    }
    while (!this.#openAll());
    if (this.#files.size === 0) {
      this.close()
      throw new Problem(`the addon of ${pidsOf(carriers)} can't be read any more`)
    }
    this.#isContainer = carriers.some(({ pid }) => namespaceOf(pid, 'mnt') !== namespaceOf('self', 'mnt'))
  }

  /** @returns false where one does not answer, so that all have to be opened again */
  #openAll(): boolean {
    this.#files.clear()
    for (const carrier of this.carriers) {
      for (const addon of traceableAddons(carrier)) {
        if (this.#files.has(addon.file) || this.#silent.has(addon.file)) continue
        try {
          const opened = this.#holder.ask('openAddon', carrier.pid, addon)
          if (opened !== undefined) this.#files.set(addon.file, opened)
        } catch (error) {
          if (!(error instanceof Unanswered)) throw error
          this.#silent.add(addon.file)
          return false
        }
      }
    }
    return true
  }

  /** Lets go of the files: bpftrace has read them once it is attached, and never again. */
  close(): void {
    this.#holder.end()
    this.#files.clear()
  }

  /**
   * The pid for bpftrace's own -p, which is right in any pid namespace, and leaves other processes alone. With it, bpftrace
   * looks for files as the process sees them: one in a container does not see its own mappings under this pid.
   */
  get pid(): number | undefined {
    const [carrier, another] = this.carriers
    if (carrier === undefined || another !== undefined) return undefined
    return this.#isContainer && inFirstPidNamespace() ? undefined : carrier.pid
  }

  where(): Where {
    return {
      files: [...this.#files.values()].map(({ path, mapped }) => {
        // bpftrace since 0.25 takes a path, along with -p, for two files, unless it is the process's own.
        return this.pid === undefined ? path : mapped
      }),
      pids: this.pid === undefined ? this.carriers.map(({ pid }) => pid) : []
    }
  }

  /** Whether the probes tell where handlers are written, for how long they are busy, and paths of routes. */
  get tellsFacts(): boolean {
    return this.carriers.every(tellsFacts)
  }

  /** Whether there is nothing left to trace. */
  get isOver(): boolean {
    return this.alive().length === 0
  }

  alive(): Carrier[] {
    return this.carriers.filter(isRunning)
  }

  /**
   * Whether so many probes of each that still runs have one tracer more than at first; undefined if
   * that can't be seen.
   */
  attached(probes: number): boolean | undefined {
    const each = this.alive().map((carrier) => {
      const before = this.#tracers.get(carrier.pid)
      const more = tracersOn(carrier)?.filter((count, index) => count > (before?.[index] ?? 0))
      return more === undefined ? undefined : more.length >= probes * traceableAddons(carrier).length
    })
    return each.includes(undefined) ? undefined : each.every(Boolean)
  }
}

/** Whether the probes of a process tell where handlers are written, for how long they are busy, and paths of routes. */
export function tellsFacts(carrier: Carrier): boolean {
  return traceableAddons(carrier).every(({ probes }) =>
    // The probes of the package before 0.2 have four arguments.
    probes.some((probe) => probe.name === 'handler__done' && probe.arguments === 6)
  )
}

/** The first namespace's inode, which the kernel has fixed (PROC_PID_INIT_INO). */
const FIRST = 'pid:[4026531836]'

export function inFirstPidNamespace(): boolean {
  const namespace = namespaceOf('self', 'pid')
  return namespace === undefined || namespace === FIRST
}

/** A process's namespace; undefined where that can't be seen. */
function namespaceOf(pid: number | 'self', kind: 'pid' | 'mnt'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`)
  } catch {
    return undefined
  }
}
