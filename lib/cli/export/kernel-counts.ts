import { HTTP_BOUNDARIES } from '../../metrics/boundaries'
import type { Problem } from '../problem'
import { type Carrier, traceableAddons } from '../processes/carriers'
import { type CountedRequests, CountsAttachment } from '../sources/bpftrace/counts-attachment'
import { HostTarget } from '../sources/bpftrace/host-target'
import type { Release } from '../sources/bpftrace/release'
import { inFirstPidNamespace, tellsFacts } from '../sources/bpftrace/target'
import { Room } from './room'

/**
 * The time, in milliseconds, for which a bpftrace stays when no process has its files any more. A process that is started
 * again with them is counted from its first request on.
 */
const LINGER = 600_000

/** The time, in milliseconds, after which files are tried again to which bpftrace could not attach. */
const TRY_AGAIN = 60_000

/** The most bpftraces; those for one user are half of them at most. */
const MAX_TRACERS = 8

const BOUNDARIES_NS = HTTP_BOUNDARIES.map((seconds) => Math.round(seconds * 1e9))

export interface Counting {
  /** Takes requests of any process that has the files, wanted or not. */
  counted(requests: CountedRequests): void
  /** Takes a sentence on what went wrong. */
  tell(sentence: string): void
  /** Called when processes are counted that were not before. */
  attached(): void
}

/** A bpftrace, and the files to which it is attached. */
interface Tracer {
  /** The number of the user whose processes it is for. */
  readonly user: number
  readonly files: readonly string[]
  readonly source: CountsAttachment
  /** The time at which a process with one of its files was last seen, in milliseconds of `performance.now()`. */
  neededAt: number
  /** Whether it was said that it can't count everything. */
  isPartial: boolean
}

/** A file to which bpftrace could not attach, or whose bpftrace has ended. */
interface Refused {
  readonly why: string
  readonly until: number
}

/**
 * Counts the requests of processes in the kernel, for those that offer no socket. A bpftrace attaches to the addon's file,
 * and so to every process that has it, now or later. Others are started for files that come later.
 */
export class KernelCounts {
  readonly #release: Release
  readonly #counting: Counting
  readonly #tracers = new Map<string, Tracer>()
  readonly #room = new Room(MAX_TRACERS)
  readonly #refused = new Map<string, Refused>()
  /** The files to which a bpftrace is about to attach. */
  readonly #pending = new Set<string>()
  /** bpftraces start one after the other: what attaches looks at the probes to see whether it has. */
  #queue = Promise.resolve()
  #stopped = false

  constructor(release: Release, counting: Counting) {
    this.#release = release
    this.#counting = counting
  }

  /** Resolves when all that was asked for is attached, or can't be. */
  get settled(): Promise<void> {
    return this.#queue
  }

  /** Whether every request of a process is counted. */
  covers(carrier: Carrier): boolean {
    return filesOf(carrier).every((file) => this.#tracers.has(file))
  }

  /** Why a process can't be counted; undefined if nothing is known against it. */
  refusalOf(carrier: Carrier): string | undefined {
    if (!inFirstPidNamespace())
      return 'bpftrace knows processes by the pids that they have outside of this container'
    const [refusal] = carrier.addons.flatMap((addon) => addon.refusal ?? [])
    if (refusal !== undefined || carrier.addons.length === 0)
      return refusal ?? 'it has no probes for the kernel'
    for (const file of filesOf(carrier)) {
      const refused = this.#refused.get(file)
      if (refused !== undefined && refused.until > performance.now()) return refused.why
    }
    return undefined
  }

  /** Has processes counted from soon on. */
  attach(carriers: readonly Carrier[]): void {
    const groups = new Map<string, Carrier[]>()
    for (const carrier of carriers) {
      if (this.refusalOf(carrier) !== undefined) continue
      // Whoever can write one user's file can keep bpftrace from attaching, and only paths of routes that all tell are told.
      const key = `${carrier.user.id} ${tellsFacts(carrier)}`
      groups.set(key, [...(groups.get(key) ?? []), carrier])
    }
    for (const group of groups.values()) this.#attachGroup(group)
  }

  /** Ends what is no longer needed. */
  keep(counted: Iterable<Carrier>, now: number): void {
    for (const carrier of counted)
      for (const file of filesOf(carrier)) {
        const tracer = this.#tracers.get(file)
        if (tracer !== undefined) tracer.neededAt = now
      }
    for (const tracer of new Set(this.#tracers.values())) {
      const partial = tracer.isPartial ? undefined : partialOf(tracer.source)
      if (partial !== undefined) {
        tracer.isPartial = true
        this.#counting.tell(partial)
      }
      if (now - tracer.neededAt <= LINGER) continue
      this.#forget(tracer)
      void tracer.source.stop()
    }
  }

  /** Resolves when all that was counted has been told. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#queue
    const tracers = new Set(this.#tracers.values())
    this.#tracers.clear()
    await Promise.all([...tracers].map(({ source }) => source.stop()))
  }

  #attachGroup(group: readonly Carrier[]): void {
    const fresh = new Map<string, Carrier>()
    for (const carrier of group)
      for (const file of filesOf(carrier))
        if (!this.#tracers.has(file) && !this.#pending.has(file)) fresh.set(file, carrier)
    if (fresh.size === 0) return
    const files = [...fresh.keys()]
    const carriers = group
      .map((carrier) => ({
        ...carrier,
        addons: traceableAddons(carrier).filter(({ file }) => fresh.has(file))
      }))
      .filter(({ addons }) => addons.length > 0)
    for (const file of files) this.#pending.add(file)
    this.#queue = this.#queue
      .then(() => this.#start(files, carriers))
      .catch((error: Error) => this.#refuse(files, error))
      .finally(() => {
        for (const file of files) this.#pending.delete(file)
      })
  }

  /** @throws Problem when bpftrace can't attach */
  async #start(files: readonly string[], carriers: readonly Carrier[]): Promise<void> {
    if (this.#stopped) return
    const { id: user, name } = (carriers[0] as Carrier).user
    if (!this.#room.take(user, 1))
      throw new Error(`there are already as many bpftraces as are started for processes of ${name}`)
    const target = new HostTarget(carriers)
    let source: CountsAttachment | undefined
    try {
      source = new CountsAttachment(target, { boundariesNs: BOUNDARIES_NS }, this.#release, (requests) =>
        this.#counting.counted(requests)
      )
      await source.start()
    } catch (error) {
      this.#room.giveBack(user, 1)
      await source?.stop()
      throw error
    } finally {
      target.close()
    }
    const tracer = { user, files, source, neededAt: performance.now(), isPartial: false }
    for (const file of files) this.#tracers.set(file, tracer)
    source.ended.then(
      (end) => this.#broke(tracer, end),
      (problem: Problem) => this.#broke(tracer, problem)
    )
    if (!this.#stopped) this.#counting.attached()
  }

  /** Takes the end of a bpftrace, which nobody may have wanted. */
  #broke(tracer: Tracer, { message }: { message: string }): void {
    if (!this.#forget(tracer)) return
    void tracer.source.stop()
    // Another one is started at the next look, unless one has ended lately.
    const now = performance.now()
    const isFirst = tracer.files.every((file) => {
      const { until } = this.#refused.get(file) ?? { until: -Infinity }
      return now - until > TRY_AGAIN
    })
    this.#refuse(tracer.files, { message }, isFirst ? now : now + TRY_AGAIN)
    this.#counting.tell(`${message}; requests are not counted until another is attached`)
  }

  /** @returns whether it was still known */
  #forget(tracer: Tracer): boolean {
    const files = tracer.files.filter((file) => this.#tracers.get(file) === tracer)
    for (const file of files) this.#tracers.delete(file)
    if (files.length > 0) this.#room.giveBack(tracer.user, 1)
    return files.length > 0
  }

  #refuse(
    files: readonly string[],
    { message }: { message: string },
    until = performance.now() + TRY_AGAIN
  ): void {
    for (const [file, refused] of this.#refused)
      if (refused.until < performance.now() - TRY_AGAIN) this.#refused.delete(file)
    for (const file of files) this.#refused.set(file, { why: message, until })
  }
}

function filesOf(carrier: Carrier): string[] {
  return traceableAddons(carrier).map(({ file }) => file)
}

function partialOf(source: CountsAttachment): string | undefined {
  const lost = source.lost()
  return source.incomplete() ?? (lost > 0 ? source.describeLost(lost) : undefined)
}
