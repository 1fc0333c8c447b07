import type { Backend } from '../provider/backend'
import { HANDLER_DONE, HANDLER_START, ROUTE_DONE, ROUTE_START } from '../provider/probes'
import type { Consumer } from './consumer'

const HANDLER_PROBES = HANDLER_START | HANDLER_DONE

/**
 * The probes of one request that a consumer may see (contract rule 3: a tracer sees whole requests only). A
 * consumer that saw route-start sees everything. Otherwise it sees only probes that were enabled when the
 * request began and still are. Once route-start is enabled, it sees nothing: it must have attached after the
 * request began.
 */
export class Visibility {
  /** The next consumer's, of the same request. */
  readonly next: Visibility | null
  private readonly consumer: Consumer
  private readonly atStart: number

  constructor(consumer: Consumer, atStart: number, next: Visibility | null) {
    this.consumer = consumer
    this.atStart = atStart
    this.next = next
  }

  get backend(): Backend {
    return this.consumer.backend
  }

  get seesRouteStart(): boolean {
    return (this.atStart & ROUTE_START) !== 0
  }

  get seesRouteDone(): boolean {
    return (this.visible() & ROUTE_DONE) !== 0
  }

  /** Gives HANDLER_START and HANDLER_DONE as far as they are visible for a handler that starts now. */
  handlerProbes(): number {
    return this.visible() & HANDLER_PROBES
  }

  /** @param atStart - the result of {@link handlerProbes} when the handler started */
  seesHandlerDone(atStart: number): boolean {
    const now = this.handlerProbes()
    if ((now & HANDLER_DONE) === 0 || atStart === 0) return false
    return (atStart & HANDLER_START) !== 0 || (now & HANDLER_START) === 0
  }

  private visible(): number {
    const now = this.consumer.enabled()
    if (this.seesRouteStart) return now
    return now & ROUTE_START ? 0 : now & this.atStart
  }
}
