import { countedMethod, OTHER_STATUS } from '../../../aggregate/aggregator'
import { BUCKETS, ZERO } from '../../../figures/grid'
import { countsScript, MOST_BOUNDARIES, type Patience } from '../../scripts/counts'
import { Attachment } from './attachment'
import type { HostTarget } from './host-target'
import type { Message } from './message'
import { AddressNames } from './names'
import type { Release } from './release'

/** Requests of one process, route and status that were counted since the last time. */
export interface CountedRequests {
  pid: number
  /** The method in upper case; `_OTHER` for one that HTTP does not have. */
  method: string
  /** The route's path, or its name in the probes of a release that does not tell paths. */
  route: string
  status: number
  /** The sum of the durations, in nanoseconds. */
  sumNs: number
  /** The number of them in each bucket, and within each of the boundaries. */
  counts: { bucket: number; boundary: number; count: number }[]
}

/** The parts of a key that tell whose requests are counted, before that of the bucket. */
type Key = [pid: string, tid: string, method: string, route: string, status: string]

interface Row {
  readonly key: Key
  sumNs: number
  readonly counts: CountedRequests['counts']
  /** The number of times that its names were not known yet. */
  waited: number
}

/** The maps of both halves are told by turns. */
const COUNTS = /^@counts_[ab]$/
const SUMS = /^@sums_[ab]$/

/** The most rows that wait for their names. */
const MAX_WAITING = 20_000

/** The number of times that a row waits: somewhat longer than the script takes to tell names again. */
const MAX_WAITS = 45

/** Statuses of HTTP have three digits. */
const MAX_STATUS = 999

/** Counts of requests of all processes that have some files, read as they grow: nothing of them stays in the kernel. */
export class CountsAttachment extends Attachment {
  readonly #receive: (requests: CountedRequests) => void
  #names = new AddressNames()
  /** The names that were known before they were told again. */
  #earlierNames = new AddressNames()
  /** What was told of a half since the script last said that it has cleared one. */
  readonly #told = new Map<string, Record<string, unknown>>()
  #waiting = new Map<string, Row>()
  #dropped = 0

  /**
   * @param boundariesNs - rising
   * @param receive - called for the requests of about a second, and at the end
   */
  constructor(
    target: HostTarget,
    { boundariesNs, patience }: { boundariesNs: readonly number[]; patience?: Patience },
    release: Release,
    receive: (requests: CountedRequests) => void
  ) {
    const script = countsScript(target.where(), {
      boundaries: boundariesNs,
      facts: target.tellsFacts,
      ...(patience === undefined ? {} : { patience })
    })
    super(target, PROBES, script, release)
    this.#receive = receive
  }

  protected receive(message: Message): void {
    if (message.type === 'map') {
      // One that is told at the end may have been told before, without having been cleared since.
      for (const [name, values] of Object.entries(message.data))
        if (COUNTS.test(name) || SUMS.test(name)) this.#told.set(name, values as Record<string, unknown>)
    } else if (message.type === 'printf') {
      const [kind, tid, address, ...text] = message.data.slice(0, -1).split('\t')
      if (kind === 'n') this.#names.set(tid as string, address as string, text.join('\t'))
      else if (kind === 's') this.#take(false)
      else if (kind === 'o') {
        this.#earlierNames = this.#names
        this.#names = new AddressNames()
      }
    }
  }

  override incomplete(): string | undefined {
    if (this.#dropped === 0) return super.incomplete()
    return `${this.#dropped} requests were not counted: those of more routes and statuses at a time than there is room for`
  }

  describeLost(count: number): string {
    return `${count} of bpftrace's messages were lost: some requests were not counted`
  }

  /** bpftrace prints every map at its end. */
  override async stop(): Promise<void> {
    await super.stop()
    this.#take(true)
  }

  #take(atEnd: boolean): void {
    for (const [name, values] of this.#told) this.#add(values, COUNTS.test(name))
    this.#told.clear()
    const waiting = this.#waiting
    this.#waiting = new Map()
    for (const [key, row] of waiting) {
      const isKnown = this.#isNamed(row)
      if (isKnown || atEnd || row.waited >= MAX_WAITS) this.#deliver(row)
      else {
        row.waited++
        this.#waiting.set(key, row)
      }
    }
  }

  #add(values: Record<string, unknown>, areCounts: boolean): void {
    for (const [key, value] of Object.entries(values ?? {})) {
      if (!isAmount(value)) continue
      const parts = key.split(',')
      const bucket = areCounts ? Number(parts.pop()) : 0
      if (parts.length !== PARTS || !Number.isInteger(bucket)) continue
      const row = this.#row(parts as Key)
      if (row === undefined) {
        if (areCounts) this.#dropped += value
        continue
      }
      if (areCounts)
        row.counts.push({
          bucket: Math.min(Math.max(0, Math.floor(bucket / MOST_BOUNDARIES)), BUCKETS - 1) + ZERO,
          boundary: bucket % MOST_BOUNDARIES,
          count: value
        })
      else row.sumNs += value
    }
  }

  #row(parts: Key): Row | undefined {
    const key = parts.join()
    let row = this.#waiting.get(key)
    if (row === undefined && this.#waiting.size < MAX_WAITING) {
      row = { key: parts, sumNs: 0, counts: [], waited: 0 }
      this.#waiting.set(key, row)
    }
    return row
  }

  #isNamed({ key: [, tid, method, route] }: Row): boolean {
    return [method, route].every((name) => this.#names.has(tid, name) || this.#earlierNames.has(tid, name))
  }

  #deliver({ key: [pid, tid, method, route, status], sumNs, counts }: Row): void {
    this.#receive({
      pid: Number(pid),
      method: countedMethod(this.#name(tid, method)),
      route: this.#name(tid, route),
      status: statusIn(status),
      sumNs,
      counts
    })
  }

  #name(tid: string, address: string): string {
    return (this.#names.has(tid, address) ? this.#names : this.#earlierNames).get(tid, address)
  }
}

/** The script attaches to route-start and route-done. */
const PROBES = 2

const PARTS = 5

function isAmount(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0
}

function statusIn(text: string): number {
  const status = Number(text)
  return Number.isInteger(status) && status >= 0 && status <= MAX_STATUS ? status : OTHER_STATUS
}
