import { line } from '../printable'
import { fleetTable, fleetTitle } from '../render/fleet'
import { fleetRouteJson } from '../render/json'
import { type Fleet, type FleetSort, sortedFleet } from '../sources/prometheus/fleet'
import type { FleetQuery } from '../sources/prometheus/fleet-query'
import { print, printJson, say } from '../terminal/output'
import type { Output } from './output'

/** Looks at a fleet as they come, as `top --prometheus` shows them. */
export interface FleetOutput extends Output<Fleet> {
  open(): void
  /** Prometheus gives no figures at the moment, for this reason. */
  note(text: string): void
  close(): void
}

/** The series that are looked at, and the order in which they are shown. */
export interface FleetChoice {
  wanted: FleetQuery
  sort: FleetSort
}

abstract class FleetLines implements FleetOutput {
  #noted = false

  constructor(protected readonly choice: FleetChoice) {}

  open(): void {
    say(`asking ${fleetTitle(this.choice.wanted)}`)
  }

  show(fleet: Fleet): void {
    this.#noted = false
    this.showFleet(fleet)
  }

  protected abstract showFleet(fleet: Fleet): void

  note(text: string): void {
    // A reason is told once, however long it lasts.
    if (!this.#noted) say(text)
    this.#noted = true
  }

  close(): void {}
}

/** A table for each look, for pipes and files. */
export class FleetText extends FleetLines {
  #first = true

  protected showFleet(fleet: Fleet): void {
    const { wanted, sort } = this.choice
    if (!this.#first) print(line``)
    this.#first = false
    for (const text of fleetTable({ wanted, sort, fleet })) print(text)
  }
}

export class FleetJson extends FleetLines {
  protected showFleet(fleet: Fleet): void {
    const { wanted, sort } = this.choice
    for (const route of sortedFleet(fleet.routes, sort))
      printJson(fleetRouteJson(route, fleet, wanted.seconds))
  }
}
