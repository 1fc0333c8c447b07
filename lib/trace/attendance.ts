import type { Backend } from '../provider/backend'
import { HANDLER_DONE, HANDLER_START, ROUTE_DONE, ROUTE_START } from '../provider/probes'
import type { Audience } from './session'

/**
 * What one audience may be shown of one request (contract rule 3): all, once it
 * has seen route-start; else what it listened to when the request began, until
 * it listens to route-start too, for then it attached after that.
 */
export class Attendance {
  private readonly audience: Audience
  private readonly atStart: number

  constructor(audience: Audience) {
    this.audience = audience
    this.atStart = audience.enabled()
  }

  get backend(): Backend {
    return this.audience.backend
  }

  get seesRouteStart(): boolean {
    return (this.atStart & ROUTE_START) !== 0
  }

  get seesRouteDone(): boolean {
    return (this.shown() & ROUTE_DONE) !== 0
  }

  /** Of the two probes of a handler that starts now. */
  handlerProbes(): number {
    return this.shown() & (HANDLER_START | HANDLER_DONE)
  }

  /** @param atStart - what {@link handlerProbes} gave when the handler started */
  seesHandlerDone(atStart: number): boolean {
    const now = this.handlerProbes()
    if ((now & HANDLER_DONE) === 0 || atStart === 0) return false
    return (atStart & HANDLER_START) !== 0 || (now & HANDLER_START) === 0
  }

  private shown(): number {
    const now = this.audience.enabled()
    if (this.seesRouteStart) return now
    return now & ROUTE_START ? 0 : now & this.atStart
  }
}
