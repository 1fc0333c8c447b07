import type { LoopFigures } from '../../figures/event-loop'
import type { Problem } from '../problem'
import type { Carrier } from '../processes/carriers'
import type { OfferedSocket } from '../processes/sockets'
import type { CountedRequests } from '../sources/bpftrace/counts-attachment'
import { ProcessSource } from '../sources/socket/process-source'
import { resourceAttributesOf } from './labels'
import type { ProcessFigures } from './process-figures'
import type { Share } from './room'

/** The most threads of a process that are listened to: each takes a connection. */
const MAX_THREADS = 64

export interface Followed {
  carrier: Carrier
  /** By its sockets, or in the kernel. */
  way: 'process' | 'kernel'
  /** The values of its labels. */
  labels: readonly string[]
  figures: ProcessFigures
  /** Its share of the memory for what processes tell. */
  told: Share
  /** Called once, when it can't be listened to, or is no more. */
  failed(problem: Problem): void
}

/** One process, from the moment at which it was found until nobody wants to know of it any more. */
export class FollowedProcess {
  /** The time at which it was found, in milliseconds since 1970: its counts begin there. */
  readonly sinceMs = Date.now()
  /** The time at which it was found to be gone, by `performance.now()`; undefined as long as it runs. */
  goneSince: number | undefined
  /** A source for each thread, by the name of the socket that the thread offers. */
  readonly #sources = new Map<string, ProcessSource>()
  readonly #silent = new Set<ProcessSource>()
  readonly carrier: Carrier
  readonly way: Followed['way']
  readonly labels: readonly string[]
  readonly figures: ProcessFigures
  readonly #told: Share
  readonly #failed: (problem: Problem) => void
  /** True once it was said that it can't be listened to, which is tried again and again. */
  #hasFailed = false

  constructor({ carrier, way, labels, figures, told, failed }: Followed) {
    this.carrier = carrier
    this.way = way
    this.labels = labels
    this.figures = figures
    this.#told = told
    this.#failed = failed
  }

  /** The process as OpenTelemetry describes it. */
  attributes(host: string): Record<string, string | number> {
    return resourceAttributesOf(this.carrier, this.labels, host)
  }

  /** Whether each thread counts, and has told something lately. */
  get answers(): boolean {
    const sources = [...this.#sources.values()]
    return sources.length > 0 && sources.every((source) => source.isListening && !this.#silent.has(source))
  }

  get isListenedTo(): boolean {
    return this.#sources.size > 0
  }

  /** The event loop of each thread in the last second. */
  loops(): LoopFigures[] {
    return [...this.#sources.values()].flatMap((source) => source.loops().map(({ last }) => last))
  }

  /** @param handlers - whether their figures are wanted */
  listenTo(sockets: readonly OfferedSocket[], handlers: boolean): void {
    for (const socket of sockets)
      if (!this.#sources.has(socket.name) && this.#sources.size < MAX_THREADS)
        this.#listenTo(socket, handlers)
  }

  /** Adds requests that were counted in the kernel. */
  count({ method, route, status, sumNs, counts }: CountedRequests): void {
    let count = 0
    for (const each of counts) count += each.count
    if (count === 0) return
    const durations = this.figures.requests({ name: route, method, path: route }, status, count)
    for (const each of counts) durations.addWithin(each.bucket, each.boundary, each.count)
    durations.sumNs += sumNs
  }

  switchHandlers(wanted: boolean): void {
    if (!wanted) this.figures.forgetHandlers()
    for (const source of this.#sources.values()) source.switchHandlers(wanted)
  }

  /** Resolves when what was counted last has been told, or does not come in time. */
  async stop(): Promise<void> {
    await Promise.all([...this.#sources.values()].map((source) => source.stop()))
    this.#sources.clear()
  }

  #listenTo(socket: OfferedSocket, handlers: boolean): void {
    const source: ProcessSource = new ProcessSource(
      { ...this.carrier, sockets: [socket] },
      this.figures,
      { handlers, memory: this.#told },
      {
        silent: () => this.#silent.add(source),
        answered: () => this.#silent.delete(source)
      }
    )
    this.#sources.set(socket.name, source)
    const ended = () => {
      if (!this.#sources.delete(socket.name)) return
      this.#silent.delete(source)
      void source.stop()
    }
    const failed = (problem: Problem) => {
      if (this.#sources.get(socket.name) === source && !this.#hasFailed) {
        this.#hasFailed = true
        this.#failed(problem)
      }
      ended()
    }
    source.start().catch(failed)
    source.ended.then(ended, failed)
  }
}
