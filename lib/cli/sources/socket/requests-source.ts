import type { Answer, Ask, RequestsWanted } from '../../../aggregate/protocol'
import type { FinishedRequest } from '../../../figures/request'
import type { Carrier } from '../../processes/carriers'
import { readRequests } from './reading'
import { type Notes, SocketSource, type Thread } from './socket-source'

/** Requests that processes pick themselves, by what is wanted of them. */
export class SocketRequests extends SocketSource {
  readonly #wanted: RequestsWanted
  readonly #deliver: (request: FinishedRequest) => void
  readonly #routes = new Set<string>()
  #seen = 0

  constructor(
    carriers: readonly Carrier[],
    wanted: RequestsWanted,
    deliver: (request: FinishedRequest) => void,
    notes: Notes
  ) {
    super(carriers, notes)
    this.#wanted = wanted
    this.#deliver = deliver
  }

  /** The requests that were done, wanted or not. */
  seen(): { count: number; routes: Iterable<string> } {
    return { count: this.#seen, routes: this.#routes }
  }

  protected ask(): Omit<Ask & { ask: 'requests' }, 'protocol'> {
    return { ask: 'requests', ...this.#wanted }
  }

  protected told({ pid, client }: Thread, { beat }: Answer, line: unknown): void {
    const thread = client.greeting?.thread ?? 0
    for (const request of readRequests(line)) this.#deliver({ pid, thread, ...request })
    if (beat === undefined) return
    this.#seen += beat.seen
    for (const route of beat.routes) this.#routes.add(route)
  }
}
