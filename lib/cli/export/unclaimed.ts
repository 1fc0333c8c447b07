import type { CountedRequests } from '../sources/bpftrace/counts-attachment'

/** The time, in milliseconds, after which a process is followed if anybody wants its figures. */
const KEPT = 60_000

/** The most rows that are kept, of all processes and of one. */
const MOST = 20_000
const MOST_OF_ONE = 1000

/** Requests that were counted in processes which have started just now, and are not followed yet. */
export class Unclaimed {
  readonly #byPid = new Map<number, { since: number; requests: CountedRequests[] }>()
  #size = 0

  /** @returns false if there is no room for them */
  add(requests: CountedRequests): boolean {
    if (this.#size >= MOST) return false
    let of = this.#byPid.get(requests.pid)
    if (of === undefined) {
      of = { since: performance.now(), requests: [] }
      this.#byPid.set(requests.pid, of)
    }
    if (of.requests.length >= MOST_OF_ONE) return false
    of.requests.push(requests)
    this.#size++
    return true
  }

  /** Gives those of a process, which are then somebody's. */
  take(pid: number): readonly CountedRequests[] {
    const { requests } = this.#byPid.get(pid) ?? { requests: [] }
    this.#byPid.delete(pid)
    this.#size -= requests.length
    return requests
  }

  forgetOld(now: number): void {
    for (const [pid, { since }] of this.#byPid) if (now - since > KEPT) this.take(pid)
  }
}
